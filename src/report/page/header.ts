import { count } from '../format.js'
import { html, type Markup } from '../markup.js'
import type { ReportData } from '../report-data.js'

const BARS = { '1m': 'one-minute', '1d': 'daily', '1mo': 'monthly' } as const

/** Title and provenance: what was replayed, over which period, with which program, ending in which journals. */
export function header({ title, source, seed, version, portfolios }: ReportData): Markup {
  const closes = portfolios.flatMap(({ sessions }) => (sessions.length > 0 ? [sessions[0]!, sessions.at(-1)!] : []))
  const dates = closes.map((close) => close.session).sort()
  const period = dates.length === 0 ? 'no session closed' : `${dates[0]} to ${dates.at(-1)}`
  const sessions = Math.max(0, ...portfolios.map((history) => history.sessions.length))
  const bars = [...new Set(portfolios.map((history) => BARS[history.barSize]))].join(', ')
  return html`<header>
<h1>${title}</h1>
<dl class="facts">
<div><dt>Data</dt><dd>${source}</dd></div>
<div><dt>Period</dt><dd>${period}, ${count(sessions)} ${bars} sessions</dd></div>
<div><dt>Seed</dt><dd>${seed ?? 'none, order ids drawn at random'}</dd></div>
<div><dt>Version</dt><dd>Ballast ${version}</dd></div>
<div class="heads"><dt>Journal heads</dt><dd>${portfolios.map(
    ({ portfolio, head }) =>
      html`<span class="head">${portfolio} <code>#${head.seq} ${head.hash.slice(0, 12)}</code></span> `,
  )}</dd></div>
</dl>
</header>`
}
