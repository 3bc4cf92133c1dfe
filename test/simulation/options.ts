import { parseArgs } from 'node:util'
import { EVERY_LAYER, type Layers } from './layers.js'
import { PROFILES, type ProfileName, TROUBLES, type Trouble } from './profile.js'

/** What a campaign is asked for. */
export interface Options {
  readonly from: number
  readonly seeds: number
  /** Every n-th seed from the first: how processes share a campaign. */
  readonly stride: number
  readonly profile?: ProfileName
  readonly without: readonly Trouble[]
  readonly layers: Layers
  /** Prints everything that happens in every history. */
  readonly trace: boolean
  /** Ends at the first failing seed. */
  readonly stop: boolean
  /** Ends after so many seconds. */
  readonly seconds: number
  /** One JSON line a failing seed and one at the end, for programs. */
  readonly json: boolean
}

/** Reads the options of a command line. @throws TypeError on an unknown one, RangeError on an impossible value. */
export function optionsOf(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      from: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1000' },
      stride: { type: 'string', default: '1' },
      profile: { type: 'string' },
      without: { type: 'string', default: '' },
      layers: { type: 'string', default: Object.keys(EVERY_LAYER).join(',') },
      trace: { type: 'boolean', default: false },
      stop: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '1000000000' },
      json: { type: 'boolean', default: false },
    },
  })
  const layers = namesOf(values.layers, Object.keys(EVERY_LAYER), 'layer')
  return {
    from: whole(values.from, 'from'),
    seeds: whole(values.seeds, 'seeds'),
    stride: whole(values.stride, 'stride'),
    ...(values.profile === undefined ? {} : { profile: nameOf(values.profile) }),
    without: namesOf(values.without, TROUBLES, 'trouble') as Trouble[],
    layers: {
      idempotent: layers.includes('idempotent'),
      tombstones: layers.includes('tombstones'),
      fencing: layers.includes('fencing'),
      replays: layers.includes('replays'),
      comparisons: layers.includes('comparisons'),
    },
    trace: values.trace,
    stop: values.stop,
    seconds: whole(values.seconds, 'seconds'),
    json: values.json,
  }
}

function whole(text: string, what: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new RangeError(`--${what} takes a whole number, not ${text}`)
  return Number(text)
}

function nameOf(text: string): ProfileName {
  if (!Object.hasOwn(PROFILES, text))
    throw new RangeError(`no profile ${text}; there are ${Object.keys(PROFILES).join(', ')}`)
  return text as ProfileName
}

function namesOf(text: string, known: readonly string[], what: string): string[] {
  const names = text.split(',').filter((name) => name !== '')
  const stranger = names.find((name) => !known.includes(name))
  if (stranger !== undefined) throw new RangeError(`no ${what} ${stranger}; there are ${known.join(', ')}`)
  return names
}
