import fc from 'fast-check'

/**
 * `npm test` draws the same cases every time: a commit that passed goes on passing. A campaign over new cases:
 * `BALLAST_SEED=$RANDOM npx vitest run test/laws`. A failure prints its seed and shrinks; what it finds becomes a case of its own.
 */
fc.configureGlobal({ seed: Number(process.env.BALLAST_SEED ?? 20_261_122) })
