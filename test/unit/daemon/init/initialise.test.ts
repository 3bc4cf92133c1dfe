import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nkeys } from 'nats'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type InitOptions, initialise } from '#daemon/init/initialise.js'
import { ROLES } from '#daemon/init/role.js'
import { tempDir } from '../../../support/temp-dir.js'

const options = (given: Partial<InitOptions> = {}): InitOptions => ({
  dir: join(tempDir(), 'set'),
  user: 'ballast',
  force: false,
  ...given,
})

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)

describe('a working set', () => {
  it('shows its seeds to their owner alone, and everything else to all, whatever the umask', () => {
    const before = process.umask(0o027)
    onTestFinished(() => void process.umask(before))
    const { dir, files, seeds } = initialise(options())
    expect(mode(join(dir, 'credentials'))).toBe('700')
    expect(Object.values(seeds).map(({ path }) => mode(path))).toEqual(ROLES.map(() => '600'))
    for (const file of files) expect([file, mode(join(dir, file))]).toEqual([file, '644'])
    for (const folder of ['.', 'systemd', 'systemd/ballast.service.d', 'grafana/provisioning/dashboards'])
      expect([folder, mode(join(dir, folder))]).toEqual([folder, '755'])
  })

  it('has a key of its own for every role, and others in every set', () => {
    const keys = [initialise(options()), initialise(options())].flatMap(({ seeds }) =>
      ROLES.map((role) => seeds[role].publicKey),
    )
    expect(new Set(keys).size).toBe(2 * ROLES.length)
  })

  it('goes into an empty directory that is there already', () => {
    const dir = tempDir()
    expect(initialise(options({ dir })).files.length).toBeGreaterThan(10)
  })

  it('does not touch a directory that holds something', () => {
    const dir = tempDir()
    writeFileSync(join(dir, 'notes'), 'mine')
    expect(() => initialise(options({ dir }))).toThrow(expect.objectContaining({ code: 'DIR_NOT_EMPTY' }))
    expect(readdirSync(dir)).toEqual(['notes'])
  })

  it('is written again with force: files anew, other files left, seeds kept', () => {
    const dir = tempDir()
    const first = initialise(options({ dir }))
    const conf = readFileSync(join(dir, 'nats/nats-server.conf'), 'utf8')
    const seeds = ROLES.map((role) => readFileSync(first.seeds[role].path, 'utf8'))
    writeFileSync(join(dir, 'notes'), 'mine')
    writeFileSync(join(dir, 'nats/nats-server.conf'), 'edited')
    chmodSync(first.seeds.daemon.path, 0o644)
    rmSync(first.seeds.auditor.path)
    const second = initialise(options({ dir, force: true, user: 'trader' }))
    expect(readFileSync(join(dir, 'notes'), 'utf8')).toBe('mine')
    expect(ROLES.map((role) => second.seeds[role].created)).toEqual([false, false, false, false, true])
    expect(ROLES.slice(0, 4).map((role) => readFileSync(second.seeds[role].path, 'utf8'))).toEqual(seeds.slice(0, 4))
    expect(mode(second.seeds.daemon.path)).toBe('600')
    const { auditor } = first.seeds
    expect(readFileSync(join(dir, 'nats/nats-server.conf'), 'utf8')).toBe(
      conf.replace(auditor.publicKey, second.seeds.auditor.publicKey),
    )
    expect(readFileSync(join(dir, 'systemd/ballast.service'), 'utf8')).toContain('\nUser=trader\nGroup=trader\n')
  })

  it.each([
    ['no seed', 'SUsomething-secret'],
    ['the seed of an account', new TextDecoder().decode(nkeys.createAccount().getSeed())],
    ['nothing', ''],
  ])('does not write over a file that holds %s, nor show what is in it', (_, content) => {
    const dir = tempDir()
    mkdirSync(join(dir, 'credentials'))
    writeFileSync(join(dir, 'credentials/daemon.nk'), content)
    const attempt = (): unknown => initialise(options({ dir, force: true }))
    expect(attempt).toThrow(expect.objectContaining({ code: 'SEED_INVALID' }))
    if (content !== '') expect(attempt).not.toThrow(content)
    expect(readFileSync(join(dir, 'credentials/daemon.nk'), 'utf8')).toBe(content)
  })

  it.each(['with space', 'with"quote', 'with%n', 'with$var', "with'quote"])('does not go to a path %s', (name) => {
    expect(() => initialise(options({ dir: join(tempDir(), name) }))).toThrow(
      expect.objectContaining({ code: 'DIR_UNUSABLE' }),
    )
  })

  it.each(['', 'Root', 'a b', '%i', '-x', 'x'.repeat(33)])('is for no user %j', (user) => {
    expect(() => initialise(options({ user }))).toThrow(expect.objectContaining({ code: 'BAD_USER' }))
  })

  it('does not go where a file stands', () => {
    const file = join(tempDir(), 'file')
    writeFileSync(file, '')
    expect(() => initialise(options({ dir: file }))).toThrow(expect.objectContaining({ code: 'DIR_UNUSABLE' }))
    expect(() => initialise(options({ dir: file, force: true }))).toThrow(
      expect.objectContaining({ code: 'DIR_UNUSABLE' }),
    )
  })

  it('warns of what the units could not see', () => {
    const node = '/home/someone/bin/node'
    const { warnings } = initialise(options({ node }))
    expect(warnings).toContain(`Node is at ${node}, but the units hide /home/: move it, to /opt or /etc for example`)
  })
})
