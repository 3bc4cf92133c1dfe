import { gatewayContract } from './gateway.js'
import { onEveryLine } from './gateway-lines.js'
import { wireHarness } from './gateway-wire.js'

onEveryLine((line) => gatewayContract('paper behind client and server', () => wireHarness(line)))
