import { type Mutant, one } from './mutant.js'

/** Faults in what is taken from detectors and people who say what kind of market it is. */
export const REGIME: readonly Mutant[] = [
  one(
    'enlarged-without-readings',
    'what a reading has enlarged stays so when the readings stop',
    'src/domain/regime/multiplier.ts',
    'const kept = Math.min(clampedMultiplier(last), 1)',
    'const kept = clampedMultiplier(last)',
  ),
  one(
    'reading-never-ages',
    'nothing is done when a reading is too old',
    'machines/guards.ts',
    "event.type === 'timedOut' && event.timer === REGIME_TIMER",
    "event.type === 'timedOut' && event.timer === REGIME_TIMER && event.seq < 0",
  ),
  one(
    'override-for-ever',
    'a regime that somebody set never ends',
    'src/domain/regime/standing.ts',
    'wanted !== null && wanted.until > now ? wanted : null',
    'wanted !== null && wanted.until > 0 ? wanted : null',
  ),
  {
    name: 'older-reading-wins',
    fault: 'a reading that comes late takes the place of a newer one',
    patches: [
      {
        file: 'src/domain/regime/standing.ts',
        find: 'before.reading === null || heard.at >= before.reading.at',
        replace: 'before.reading === null || heard.at >= before.reading.at - 1e9',
      },
      {
        file: 'src/domain/regime/standing.ts',
        find: '  if (reading.at <= known.at) return false\n',
        replace: '  if (reading.at === known.at) return false\n',
      },
    ],
  },
  one(
    'regime-not-applied',
    'targets are traded to as they come, whatever the market',
    'src/domain/lifecycle/sizing.ts',
    'targets: scaledTargets(plain, multiplier, room),',
    'targets: answer.targets,',
  ),
  one(
    'sized-without-room',
    'targets are enlarged beyond their bounds and into the cash that has to stay',
    'src/domain/regime/scale.ts',
    'const factor = Math.min(multiplier, headroom(targets, room))',
    'const factor = multiplier + 0 * headroom(targets, room)',
  ),
  one(
    'volatility-not-applied',
    'weights are sized by the regime alone, however volatile the market is',
    'src/domain/derisk/asked.ts',
    'return { multiplier: volatility.multiplier, by: { volatility: volatility.level } }',
    'return { multiplier: 1, by: { volatility: volatility.level } }',
  ),
  one(
    'volatility-forgets-its-height',
    'weights grow again at the first level below the last',
    'src/domain/volatility/multiplier.ts',
    'before === null ? read : Math.max(read, Math.min(before, read + hysteresis))',
    'before === null || hysteresis > 0 ? read : before',
  ),
]
