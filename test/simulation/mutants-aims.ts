import { type Mutant, one } from './mutant.js'

/** Faults in how far runs trade. */
export const AIMS: readonly Mutant[] = [
  one(
    'edge-of-the-other-side',
    'what is past its band is traded toward the edge on the other side of its target',
    'src/domain/plan/edge.ts',
    'side: held > target ? 1 : -1, gap',
    'side: held > target ? -1 : 1, gap',
  ),
  one(
    'edge-ignored',
    'a run that is to stop at the edge of the bands goes to the targets',
    'src/domain/lifecycle/aiming.ts',
    "  if (policy.tradeTo?.to !== 'band-edge' || drift === null) return { input }\n",
    "  if (policy.tradeTo?.to !== 'band-edge' || drift === null || run.waves >= 0) return { input }\n",
  ),
  one(
    'benefit-ignored',
    'a run trades although what it is to gain does not cover what it is to cost',
    'src/domain/lifecycle/aiming.ts',
    '  if (benefit === undefined || pays(benefit)) return null\n',
    '  if (benefit === undefined || pays({ ...benefit, exempt: String(pays(benefit)) })) return null\n',
  ),
]
