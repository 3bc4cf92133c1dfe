/**
 * Colours a chart is drawn in. Charts are drawn once with these stand-ins, which no chart uses otherwise, and each is
 * then replaced by a custom property of the page, so that one drawing follows the reader's light or dark scheme.
 */
export const INK = {
  text: '#0a0b01',
  muted: '#0a0b02',
  grid: '#0a0b03',
  paper: '#0a0b04',
  buy: '#0a0b05',
  sell: '#0a0b06',
  cash: '#0a0b07',
  other: '#0a0b08',
} as const

/** How many distinct series colours there are: ten hues, then the same ten lighter. */
export const SERIES = 20

/** The stand-in of the n-th series colour; colours repeat after {@link SERIES}. */
export const seriesInk = (index: number): string => `#0a0c${String(index % SERIES).padStart(2, '0')}`

/** The name of the custom property behind the n-th series colour. */
export const seriesProperty = (index: number): string => `--series-${index % SERIES}`

const PROPERTIES: readonly (readonly [ink: string, property: string])[] = [
  ...Object.entries(INK).map(([name, ink]) => [ink, `--chart-${name}`] as const),
  ...Array.from({ length: SERIES }, (_, index) => [seriesInk(index), seriesProperty(index)] as const),
]

/** Drawing text with every stand-in replaced by its custom property. */
export const inked = (svg: string): string =>
  PROPERTIES.reduce((text, [ink, property]) => text.replaceAll(ink, `var(${property})`), svg)

/** The custom property behind a stand-in. @throws RangeError on a colour that is none. */
export function propertyOf(ink: string): string {
  const found = PROPERTIES.find(([known]) => known === ink)
  if (found === undefined) throw new RangeError(`no such ink: ${ink}`)
  return found[1]
}
