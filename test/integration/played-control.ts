import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, onTestFinished } from 'vitest'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { playWorkspace, type Workspace, writeWorkspace } from './cli-workspace.js'
import { type DaemonOptions, openControl } from './control-daemon.js'

/** Plays one workspace for a suite and opens daemons over copies of it: what one test changes, another does not see. */
export function playedControl() {
  let workspace: Workspace
  const folder = suiteTempDir()
  beforeAll(async () => {
    workspace = writeWorkspace(folder)
    await playWorkspace(workspace)
  })

  /** A state directory of its own. */
  const copied = (): string => {
    const state = join(tempDir(), 'state')
    cpSync(workspace.state, state, { recursive: true })
    return state
  }
  /** A daemon over a copy of the played state, or over a state directory; closed at the end of the test at the latest. */
  const daemon = async (options: DaemonOptions = {}, state = copied()) => {
    const opened = await openControl(workspace.config, state, options)
    let closed = false
    const close = async (): Promise<void> => {
      if (!closed) await opened.close()
      closed = true
    }
    onTestFinished(close)
    return { ...opened, state, close }
  }
  return { copied, daemon }
}
