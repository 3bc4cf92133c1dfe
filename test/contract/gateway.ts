import { afterEach, beforeEach, describe } from 'vitest'
import { FIRST, type GatewayHarness, RecordingSink, until } from './gateway-parts.js'
import { remembering, reporting } from './gateway-reports.js'
import { refusing, submitting } from './gateway-requests.js'

/**
 * What the engine relies on in every gateway whose venue fills from bars. The venue must trade AAA, BBB and CCC like
 * US shares, cost at most 1 %, and know nothing yet.
 */
export function gatewayContract(name: string, open: () => Promise<GatewayHarness>): void {
  describe(`a gateway: ${name}`, () => {
    let harness: GatewayHarness
    let sink: RecordingSink
    const gateway = () => harness.gateway()
    const settled = () => harness.settled?.() ?? until(() => gateway().idle())

    beforeEach(async () => {
      harness = await open()
      harness.bars(FIRST)
      sink = new RecordingSink()
      gateway().connect(sink)
    })
    afterEach(() => harness.close())

    submitting(() => harness, settled)
    refusing(() => harness, settled)
    reporting(
      () => harness,
      () => sink,
      settled,
    )
    remembering(
      () => harness,
      () => sink,
      settled,
    )
  })
}
