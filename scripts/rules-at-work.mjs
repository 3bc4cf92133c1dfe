// Writes docs/rules-at-work.md: each rule through the daemon, beside the same portfolio without it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = new URL('..', import.meta.url)
const rows = mkdtempSync(join(tmpdir(), 'ballast-rows-'))
try {
  const folder = 'test/integration/one-rule-one-order'
  const env = { ...process.env, BALLAST_ROWS: rows }
  const ran = spawnSync('npx', ['vitest', 'run', folder, '--exclude', `${folder}/every-rule.test.ts`], {
    ...{ cwd: root, env, stdio: 'inherit' },
  })
  if (ran.status !== 0) throw new Error('a case failed: the page is left as it was')
  const lines = readdirSync(rows)
    .sort()
    .map((name) => readFileSync(join(rows, name), 'utf8'))
  const page = `# Rules at work

Made by \`node scripts/rules-at-work.mjs\`; do not edit. Each row is a portfolio played through a configured daemon twice, without any rule and with this one alone, and what
was sent to the venue each time. The cases are \`${folder}\`, a file for each rule; a rule without one fails the tests.

| rule | limit | orders without it | orders with it | verdict |
|---|---|---|---|---|
${lines.join('\n')}
`
  writeFileSync(new URL('docs/rules-at-work.md', root), page)
} finally {
  rmSync(rows, { recursive: true, force: true })
}
