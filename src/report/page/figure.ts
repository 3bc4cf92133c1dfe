import type { Layout } from '../charts/svg.js'
import { html, type Markup } from '../markup.js'

/** One line of a legend: the custom property of its colour and how it is drawn. */
export interface LegendItem {
  readonly label: string
  readonly property: string
  readonly mark: 'solid' | 'dashed' | 'dotted' | 'area'
}

/** A titled chart with its legend, drawn twice: for a page and for a phone; the style sheet shows the one that fits. */
export function figure(
  title: string,
  note: string,
  legend: readonly LegendItem[],
  draw: (layout: Layout) => Markup,
): Markup {
  return html`<figure>
<figcaption><span class="figure-title">${title}</span> <span class="note">${note}</span></figcaption>
<ul class="legend">${legend.map((item) => html`<li><span class="mark ${item.mark}" style="color:var(${item.property})"></span>${item.label}</li>`)}</ul>
<div class="chart wide">${draw('wide')}</div>
<div class="chart narrow">${draw('narrow')}</div>
</figure>`
}

/** A table's frame: it scrolls by itself when it is wider than the page, and can be reached by keyboard. */
export const scrolled = (label: string, table: Markup): Markup =>
  html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${table}</div>`
