import { nativeSolver } from '#adapters/solver/native.js'
import { campaign } from './campaign.js'
import { optionsOf } from './options.js'

const options = optionsOf(process.argv.slice(2))
process.exitCode = await campaign(options, nativeSolver())
