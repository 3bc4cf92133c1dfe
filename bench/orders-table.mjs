/** Prints the order bench's result. */
export function show({ machine, load: loads, bytes, single: one, inFlight }) {
  const line = (name, { p50, p90, p99 }) =>
    console.log(name.padEnd(44), ...[p50, p90, p99].map((value) => value.toFixed(3).padStart(9)))
  console.log(
    `${machine.cpu}, ${machine.cores} cores, ${machine.disk}, node ${machine.node}, nats-server ${machine.natsServer}`,
  )
  console.log(`load ${loads.before.one} before, ${loads.after.one} after; ${one.orders} single orders`)
  console.log(`question ${bytes.question} B, entries ${bytes.decision} and ${bytes.acceptance} B\n`)
  console.log('milliseconds'.padEnd(44), ...['p50', 'p90', 'p99'].map((name) => name.padStart(9)))
  line('order: decide, durable, accepted, durable', one.roundTripMs)
  line('  decide and encode', one.parts.decideMs)
  line('  first commit', one.parts.firstCommitMs)
  line('  submit to answer', one.parts.requestMs)
  line('    of which the venue, its put included', one.parts.ofWhichVenueMs)
  line('  take the answer and encode', one.parts.lastStepMs)
  line('  last commit', one.parts.lastCommitMs)
  line('raw request-reply', one.rawRequestReplyMs)
  line('raw durable put', one.rawPutMs)
  line('raw chain: put, request with put, put', one.rawChainMs)
  console.log(`order / (request-reply + put)      ${one.ratioToSum.medianOfBlocks} (pooled ${one.ratioToSum.pooled})`)
  console.log(
    `order / (request-reply + 3 puts)   ${one.ratioToFloor.medianOfBlocks} (pooled ${one.ratioToFloor.pooled})`,
  )
  console.log(
    `order / raw chain                  ${one.ratioToChain.medianOfBlocks} (pooled ${one.ratioToChain.pooled})\n`,
  )
  const rate = (name, { median: middle, least, most }) =>
    console.log(`${name.padEnd(44)}${String(middle).padStart(8)}  (${least} to ${most})`)
  console.log(`a second, ${inFlight.width} in flight`)
  rate('orders', inFlight.ordersPerSecond)
  rate('raw request-reply', inFlight.rawRequestsPerSecond)
  rate('raw durable puts', inFlight.rawPutsPerSecond)
  rate('raw chains', inFlight.rawChainsPerSecond)
  console.log(`processor time of the daemon, ms an order   ${inFlight.daemonCpuMsPerOrder}`)
  line('order with so many in flight, ms', inFlight.roundTripMs)
}
