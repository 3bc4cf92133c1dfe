import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { catalog } from '#adapters/metrics/catalog.js'
import { prometheusMetrics } from '#adapters/metrics/prometheus.js'
import { packageRoot } from '#daemon/package-root.js'
import { alerts, mayBeAbsent, RULES, toolOf } from './monitoring.js'
import { selectorsOf } from './promql.js'
import { familyOf } from './vocabulary.js'

const promtool = toolOf('promtool')
const ruleTests = join(packageRoot, 'test/ops/rules')
const runbooks = join(packageRoot, 'docs/runbooks')
const names = alerts.map(({ alert }) => alert)
const pages = readdirSync(runbooks).sort()

/** Programs of the system that a page may call. */
const PROGRAMS = ['systemctl', 'journalctl', 'curl', 'nats-server', 'promtool', 'ss', 'df', 'cp']

/** Every command of the CLI as it is documented: `run show`, `status`. */
const commands = [...readFileSync(join(packageRoot, 'docs/commands.md'), 'utf8').matchAll(/^## ballast (.+)$/gm)].map(
  ([, name]) => name!,
)

/** A test file of promtool, as far as it is read here. */
interface RuleTests {
  readonly tests: readonly {
    readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[]
  }[]
}

describe('the alert rules', () => {
  it('are those an operator must know, each named once', () => {
    expect([...names].sort()).toEqual([
      'BallastActiveBreach',
      'BallastApprovalWaiting',
      'BallastBreachOverdue',
      'BallastCalendarOverdue',
      'BallastDailyLoss',
      'BallastDown',
      'BallastGatewaySilent',
      'BallastJournalVerifyFailed',
      'BallastLimitsConflict',
      'BallastMarketDataStale',
      'BallastNatsDisconnected',
      'BallastNeedsAdjustment',
      'BallastOrderUnknown',
      'BallastRegimeStale',
      'BallastRunFailed',
      'BallastRunRefused',
      'BallastRunStuck',
      'BallastTradingHalted',
      'BallastVolatilityStale',
    ])
  })

  it.each(alerts)('$alert says how bad, what, and where to look', ({ alert, labels, annotations }) => {
    expect(labels).toEqual({ severity: expect.stringMatching(/^(critical|warning|info)$/), service: 'ballast' })
    expect(annotations).toEqual({
      summary: expect.stringMatching(/^[A-Z].*\.$/),
      description: expect.stringMatching(/\$labels\.instance/),
      runbook_url: `docs/runbooks/${alert}.md`,
      dashboard_url: expect.stringMatching(/^\/d\/ballast-(overview|execution)$/),
    })
  })

  it('watch only counts that start at zero for every label value: a first event must be an increase', async () => {
    const text = await prometheusMetrics({ portfolios: ['core'], processMetrics: false }).render()
    const kinds = new Map(catalog.map(({ name, type }) => [name, type]))
    const watched = alerts
      .flatMap(({ expr }) => selectorsOf(expr))
      .filter(({ metric }) => {
        const kind = kinds.get(familyOf(metric))
        return kind === 'counter' || kind === 'histogram'
      })
    expect(watched.length).toBeGreaterThan(3)
    for (const { metric, matchers } of watched)
      for (const { label, value } of matchers)
        for (const one of value.split('|'))
          expect(text, `${metric} ${label}="${one}"`).toMatch(
            new RegExp(`^${metric}\\{[^}]*\\b${label}="${one}"[^}]*\\} 0$`, 'm'),
          )
  })

  it('watch no gauge that is there before anybody has set it: without NATS nothing is disconnected', async () => {
    const text = await prometheusMetrics({ portfolios: ['core'], processMetrics: false }).render()
    for (const { name } of catalog.filter(({ type }) => type === 'gauge'))
      expect(text, name).not.toMatch(new RegExp(`^${name}[ {]`, 'm'))
  })
})

describe('promtool', () => {
  it.skipIf(mayBeAbsent(promtool))('finds the rules well formed (skipped when promtool is not installed)', () => {
    const { status, stdout, stderr } = spawnSync(promtool!, ['check', 'rules', RULES], { encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(stdout).toContain(`SUCCESS: ${alerts.length} rules found`)
    expect(status).toBe(0)
  })

  it('is given a file for every alert, with cases that ring and cases that do not', () => {
    expect(readdirSync(ruleTests).sort()).toEqual(names.map((name) => `${name}.yml`).sort())
    for (const name of names) {
      const { tests } = parse(readFileSync(join(ruleTests, `${name}.yml`), 'utf8')) as RuleTests
      const cases = tests.flatMap((test) => test.alert_rule_test)
      expect(new Set(cases.map(({ alertname }) => alertname)), name).toEqual(new Set([name]))
      expect(
        cases.some((row) => row.exp_alerts.length > 0),
        name,
      ).toBe(true)
      expect(
        cases.some((row) => row.exp_alerts.length === 0),
        name,
      ).toBe(true)
    }
  })

  it.skipIf(mayBeAbsent(promtool)).each(names)(
    '%s rings when it should and only then (skipped without promtool)',
    (name) => {
      const { status, stdout, stderr } = spawnSync(promtool!, ['test', 'rules', `${name}.yml`], {
        cwd: ruleTests,
        encoding: 'utf8',
      })
      expect(`${stdout}${stderr}`).toMatch(/SUCCESS\s*$/)
      expect(status).toBe(0)
    },
  )
})

describe('the runbooks', () => {
  it('are one page for every alert and no page without', () => {
    expect(pages).toEqual(names.map((name) => `${name}.md`).sort())
  })

  it.each(pages)('%s: meaning, impact, diagnosis, mitigation, escalation', (page) => {
    const text = readFileSync(join(runbooks, page), 'utf8')
    expect([...text.matchAll(/^#+ .*$/gm)].map(([line]) => line)).toEqual([
      `# ${page.replace('.md', '')}`,
      '## Meaning',
      '## Impact',
      '## Diagnosis',
      '## Mitigation',
      '## Escalation',
    ])
    for (const [, target] of text.matchAll(/\]\((\w+\.md)\)/g)) expect(pages).toContain(target)
  })

  it.each(pages)('%s: calls only commands and programs that exist', (page) => {
    const lines = commandLines(readFileSync(join(runbooks, page), 'utf8'))
    expect(lines.length).toBeGreaterThan(3)
    expect(lines.filter((line) => !isKnown(line))).toEqual([])
  })

  it.each([
    ['ballast frobnicate core-us', false],
    ['ballast run show core-us R-12', true],
    ['ballast journal repair', false],
    ['ballast config', false],
    ['rm -rf /var/lib/ballast', false],
  ])('a line %s would be %s', (line, known) => {
    expect(isKnown(line)).toBe(known)
  })
})

/** The lines of all shell blocks. */
const commandLines = (text: string): readonly string[] =>
  [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block]) => block!.trim().split('\n'))

/** Whether a line begins with a program of the system, or with a command of ours that does something by itself. */
function isKnown(line: string): boolean {
  const [program, first = '', second = ''] = line.split(' ')
  if (program !== 'ballast') return PROGRAMS.includes(program ?? '')
  const isGroup = commands.some((name) => name.startsWith(`${first} `))
  // `run` is a group and a command: its second word is a subcommand or a portfolio.
  if (isGroup && commands.includes(`${first} ${second}`)) return true
  if (isGroup && first !== 'run') return false
  return commands.includes(first)
}
