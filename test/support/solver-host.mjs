// A solver's child process that misbehaves as BALLAST_TEST_SOLVER says; otherwise it is the real one.
const mode = process.env.BALLAST_TEST_SOLVER
const host = new URL('../../dist/src/adapters/solver/process/host.js', import.meta.url)

if (mode === 'exit') process.exit(3)
if (mode === 'mute') setInterval(() => undefined, 1000)
else if (mode === 'deaf') {
  process.on('message', ({ type }) => type === 'ping' && process.send({ type: 'pong' }))
  process.send({ type: 'ready' })
} else {
  if (mode === 'poison')
    process.on('message', ({ type, problems }) => {
      if (type === 'call' && problems[0].riskAversion === 13) process.kill(process.pid, 'SIGKILL')
    })
  if (mode === 'liar') {
    const send = process.send.bind(process)
    process.send = (message) => send(message.type === 'answer' ? { ...message, answer: lie(message.answer) } : message)
  }
  if (mode === 'babbler') {
    const send = process.send.bind(process)
    process.send = (message) =>
      send(message.type === 'answer' ? { ...message, answer: { status: 'OPTIMAL' } } : message)
  }
  await import(host)
}

/** Other weights under the same claims: feasible to look at, and not what was asked for. */
function lie(answer) {
  return { ...answer, weights: answer.weights.toReversed(), gap: 0, lowerBound: answer.objective }
}
