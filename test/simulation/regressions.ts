import type { ProfileName } from './profile.js'

/**
 * Histories that once broke an invariant, and how. A history changes with the simulator, so a seed may have drifted from what it
 * met then: 423 has, and `adoption.test.ts` holds what it found.
 */
export const REGRESSIONS: readonly {
  readonly seed: number
  readonly profile: ProfileName
  readonly was: string
}[] = [
  { seed: 172, profile: 'storm', was: 'a policy that had been taken back was adopted at the end of the run' },
  {
    seed: 315,
    profile: 'storm',
    was: "an answer older than an order's end, heard after it, ended the run before the fills that end had named",
  },
  { seed: 423, profile: 'storm', was: 'a policy that came in the moment a run began had no effect' },
  {
    seed: 1_584,
    profile: 'storm',
    was: 'a plan that needed nobody grew in later waves beyond what would have needed somebody to approve it',
  },
  { seed: 8_128, profile: 'jam', was: 'the witness took a step that was not yet on disk for one that replay loses' },
  { seed: 43_625, profile: 'prices', was: 'a simulated daemon dropped what was configured before it had begun' },
  {
    seed: 78_541,
    profile: 'clock',
    was: 'a simulated daemon took a change of the wall clock for time that passed, and the witness did not know how much',
  },
  {
    seed: 101_322,
    profile: 'faithless',
    was: 'more than an ended order of an earlier run reported changed no permission',
  },
  {
    seed: 500_435,
    profile: 'disk',
    was: 'the witness took a deadline under way at the last approval for the end of the wait',
  },
  {
    seed: 940_169,
    profile: 'prices',
    was: 'the witness judged a run that a dead daemon had begun by what was read after it came back',
  },
  {
    seed: 950_468,
    profile: 'busts',
    was: 'the witness took a run for refused once more at a later event about it',
  },
  {
    seed: 950_972,
    profile: 'busts',
    was: 'what a venue took back was taken off what it reported afterwards: a wave of buys began before a fill of the one before',
  },
  { seed: 951_084, profile: 'solver', was: 'the witness counted a short that is bought back as if nothing were held' },
  { seed: 961_542, profile: 'cash', was: 'the witness measured the end of a run without the fill that ended it' },
  {
    seed: 2_001_784,
    profile: 'storm',
    was: 'a run that was halted while its targets were awaited left their deadline',
  },
]
