// Writes grafana/dashboards from the code in grafana/src: `npm run grafana`.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'

const root = new URL('..', import.meta.url)
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'grafana/tsconfig.json'], {
  cwd: root,
  stdio: 'inherit',
})
const { dashboards, dashboardText } = await import('../dist/grafana/src/dashboards.js')

mkdirSync(new URL('grafana/dashboards', root), { recursive: true })
for (const [name, board] of Object.entries(dashboards())) {
  writeFileSync(new URL(`grafana/dashboards/${name}`, root), dashboardText(board))
  console.log(`grafana/dashboards/${name}`)
}
