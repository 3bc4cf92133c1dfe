import { spawnSync } from 'node:child_process'
import { appendFileSync, copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { program } from '#cli/program.js'
import { initialise } from '#daemon/init/initialise.js'
import { packageRoot } from '#daemon/package-root.js'
import { butInCi, testUnless } from '../support/needed.js'
import { tempDir } from '../support/temp-dir.js'

const analyze = spawnSync('systemd-analyze', ['--version']).status === 0
const analysed = testUnless(butInCi(analyze ? null : 'systemd-analyze is missing: install the Debian package systemd'))

const UNITS = ['ballast.service', 'ballast-gateway.service'] as const
/** Exposure in tenths that `systemd-analyze security` may find at most, without and with a GPU. */
const MOST = { cpu: 10, gpu: 15 } as const

/** The units of a fresh working set; `gpu` puts the drop-in for GPUs in its place. */
function units({ gpu = false }: { readonly gpu?: boolean } = {}): string {
  const { dir } = initialise({ dir: join(tempDir(), 'set'), user: 'ballast', force: false, node: '/bin/sh' })
  const folder = join(dir, 'systemd')
  if (gpu) copyFileSync(join(folder, 'optional/gpu.conf'), join(folder, 'ballast.service.d/gpu.conf'))
  return folder
}

/** What `systemd-analyze verify` has to say; it exits 0 on unknown keys, so only silence is good. */
function verify(folder: string, unit: string): string {
  const { stdout, stderr, status } = spawnSync('systemd-analyze', ['verify', join(folder, unit)], { encoding: 'utf8' })
  return `${stdout}${stderr}${status === 0 ? '' : `exit ${status}`}`
}

function security(
  folder: string,
  unit: string,
  most: number = MOST.cpu,
): { readonly status: number | null; readonly exposure: number } {
  const args = ['security', '--offline=true', `--threshold=${most}`, '--no-pager', join(folder, unit)]
  const { stdout, status } = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
  return { status, exposure: Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1] ?? Number.NaN) }
}

/** Settings of a unit by key, every value of a key in order. */
function settings(folder: string, unit: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const line of readFileSync(join(folder, unit), 'utf8').split('\n')) {
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? []
    if (key !== undefined && value !== undefined) found.set(key, [...(found.get(key) ?? []), value])
  }
  return found
}

describe('the systemd units', () => {
  for (const unit of UNITS)
    analysed(`${unit}: systemd-analyze verify has nothing to say`, () => {
      expect(verify(units(), unit)).toBe('')
      if (unit === 'ballast.service') expect(verify(units({ gpu: true }), unit)).toBe('')
    })

  analysed('would be told of an unknown key', () => {
    const folder = units()
    appendFileSync(join(folder, 'ballast.service'), 'WatchdogSeconds=30\n')
    expect(verify(folder, 'ballast.service')).toContain("Unknown key 'WatchdogSeconds'")
  })

  for (const unit of UNITS)
    analysed(`${unit}: is exposed by 1.0 at most with the loopback profile`, () => {
      const { status, exposure } = security(units(), unit)
      process.stdout.write(`systemd-analyze security ${unit}: ${exposure}\n`)
      expect(exposure).toBeLessThanOrEqual(MOST.cpu / 10)
      expect(status).toBe(0)
    })

  for (const unit of UNITS)
    analysed(`${unit}: talks to this machine alone while the loopback profile is there`, () => {
      const folder = units()
      const closed = security(folder, unit).exposure
      rmSync(join(folder, `${unit}.d/loopback.conf`))
      expect(security(folder, unit).exposure).toBeGreaterThan(closed)
    })

  analysed('is exposed by 1.5 at most with a GPU as well', () => {
    const { status, exposure } = security(units({ gpu: true }), 'ballast.service', MOST.gpu)
    process.stdout.write(`systemd-analyze security ballast.service with gpu.conf: ${exposure}\n`)
    expect(exposure).toBeGreaterThan(security(units(), 'ballast.service').exposure)
    expect(exposure).toBeLessThanOrEqual(MOST.gpu / 10)
    expect(status).toBe(0)
  })

  it.each(UNITS)('%s: says how it starts, stops, restarts and is watched', (unit) => {
    const found = settings(units(), unit)
    expect(Object.fromEntries([...found].filter(([key]) => key in EXPECTED))).toEqual(EXPECTED)
    expect(found.get('User')).toEqual(['ballast'])
    expect(found.has('DynamicUser')).toBe(false)
    expect(found.has('MemoryDenyWriteExecute')).toBe(false)
  })

  it.each(UNITS)('%s: starts a command that there is, with options it knows and files of the set', (unit) => {
    const folder = units()
    const [node, ...line] = settings(folder, unit).get('ExecStart')?.[0]?.split(' ') ?? []
    expect(node).toBe('/bin/sh')
    const flags = line.slice(
      0,
      line.findIndex((word) => !word.startsWith('-')),
    )
    expect(spawnSync(process.execPath, [...flags, '-e', '0']).status).toBe(0)
    const [script, ...words] = line.slice(flags.length)
    expect(script).toBe(join(packageRoot, 'bin/ballast'))
    const root = program()
    let command = root
    for (const word of words.slice(
      0,
      words.findIndex((one) => one.startsWith('-')),
    )) {
      const next = command.commands.find((child) => child.name() === word)
      if (next === undefined) throw new Error(`${command.name()} has no command ${word}`)
      command = next
    }
    expect(command.commands).toEqual([])
    const known = [...command.options, ...root.options].map(({ long }) => long)
    expect(known).toEqual(expect.arrayContaining(words.filter((word) => word.startsWith('-'))))
    const files = words.filter((word) => word.startsWith(dirname(folder)))
    expect(files.map((file) => existsSync(file))).toEqual([true])
  })

  it.each(UNITS)('%s: may write where its state is kept', (unit) => {
    const folder = units()
    const state = `/var/lib/${settings(folder, unit).get('StateDirectory')?.[0]}`
    if (unit === 'ballast.service')
      expect(parse(readFileSync(join(folder, '../ballast.yaml'), 'utf8')).state.path).toBe(state)
    else expect(settings(folder, unit).get('ExecStart')?.[0]).toContain(` --state ${state} `)
  })

  it('close the same things in both units', () => {
    const folder = units()
    const closed = UNITS.map((unit) => {
      const text = readFileSync(join(folder, unit), 'utf8')
      const [, section = ''] = text.split('# What is closed.')
      return section.split('\n').filter((line) => /^\w/.test(line))
    })
    expect(closed[0]?.length).toBeGreaterThan(25)
    expect(closed[1]).toEqual(closed[0])
  })

  it('hide what is not theirs in /proc, except from the driver of a GPU', () => {
    const folder = units({ gpu: true })
    for (const unit of UNITS) {
      const found = settings(folder, unit)
      expect([found.get('ProtectProc'), found.get('ProcSubset')]).toEqual([['invisible'], ['pid']])
    }
    expect(settings(folder, 'ballast.service.d/gpu.conf').get('ProcSubset')).toEqual(['all'])
  })

  it.each([
    ['ballast.service', 'daemon'],
    ['ballast-gateway.service', 'gateway'],
  ])('%s: is handed the seed of the %s and no other', (unit, role) => {
    const folder = units()
    const path = join(folder, '..', 'credentials', `${role}.nk`)
    expect(settings(folder, unit).get('LoadCredential')).toEqual([`${role}.nk:${path}`])
  })
})

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  Type: ['notify'],
  WatchdogSec: ['30'],
  Restart: ['on-failure'],
  RestartPreventExitStatus: ['64 78'],
  TimeoutStopSec: ['60'],
  ProtectSystem: ['strict'],
  NoNewPrivileges: ['yes'],
  RestrictAddressFamilies: ['AF_INET AF_INET6 AF_UNIX'],
  SystemCallFilter: ['@system-service', '~@privileged @resources'],
  SystemCallErrorNumber: ['EPERM'],
  LimitCORE: ['0'],
}
