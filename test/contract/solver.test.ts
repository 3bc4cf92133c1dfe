import { nativeSolver } from '#adapters/solver/native.js'
import { processSolver } from '#adapters/solver/process.js'
import { solverContract } from './solver.js'

solverContract('in this process', nativeSolver())

const child = processSolver()
solverContract('in a child process', child, () => child.close())
