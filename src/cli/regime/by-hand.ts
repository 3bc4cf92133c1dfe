import { subjects } from '#adapters/wire/subjects.js'
import { control, type RegimeAnswer } from '#daemon/control/messages.js'
import { enlarges, setRegime } from '#daemon/control/regime.js'
import { Requests } from '#daemon/control/requests.js'
import { quiescent } from '#daemon/replay.js'
import type { MarketRegime } from '#domain/regime/regime.js'
import type { PortfolioId } from '#units/ids.js'
import { daemonOf } from '../context.js'
import { tokenOf, withDaemon } from '../daemon.js'
import { refuseAlone, resting, withEngine } from '../offline.js'
import type { Output } from '../output.js'
import type { Settings } from '../settings.js'
import { refuseRequestId, requestIdOf, type SignatureOptions, signatureOf } from '../signature.js'
import { facts } from '../table.js'

/** What is to stand and for how long; null takes back what does. */
type Wish = { readonly regime: MarketRegime; readonly forMs: number } | null

/**
 * Puts a regime in place of what readings say, or takes it back, at a daemon or in a state directory.
 * @throws CliError 64 without a reason, 3 where it would enlarge weights, that takes two operators and there is no daemon.
 */
export async function regimeByHand(output: Output, name: string, options: SignatureOptions, wish: Wish): Promise<void> {
  const signature = signatureOf(options, wish === null ? 'to clear a regime' : 'to set a regime')
  const asked = { request_id: requestIdOf(options), ...signature, dry_run: options.dryRun === true }
  const connection = daemonOf(output.settings)
  if (connection === null) refuseRequestId(options)
  const done =
    connection === null
      ? await offline(output.settings, name, asked, wish)
      : await withDaemon(output.settings, connection, (daemon) => {
          const portfolio = tokenOf(name)
          if (wish === null)
            return daemon.change(control.regimeClear, subjects.portfolio(portfolio, 'regime-clear'), asked)
          const set = { ...asked, regime: wish.regime.toLowerCase() as Lowercase<MarketRegime>, for_ms: wish.forMs }
          return daemon.change(control.regimeSet, subjects.portfolio(portfolio, 'regime-set'), set)
        })
  if (asked.dry_run) output.say('Dry run: nothing was journaled.')
  output.print({ ...done, ...signature }, () => textOf(output, done, signature, wish))
}

async function offline(
  settings: Settings,
  name: string,
  asked: Parameters<typeof setRegime>[3],
  wish: Wish,
): Promise<RegimeAnswer> {
  const portfolio = await resting(settings, name)
  return withEngine(settings, portfolio, async (assembly) => {
    await quiescent(assembly)
    const { engine, journal } = assembly
    const parts = { engine, sight: { snapshot: (id: PortfolioId) => engine.host.snapshot(id) } }
    if (enlarges(parts, portfolio.id, wish)) refuseAlone(portfolio.config)
    const done = await setRegime(parts, new Requests(journal), portfolio.id, asked, wish)
    await quiescent(assembly)
    return done
  })
}

function textOf(
  output: Output,
  { portfolio, regime, multiplier, until, seq, duplicate }: RegimeAnswer,
  { actor, reason }: { readonly actor: string; readonly reason: string },
  wish: Wish,
): string {
  return facts(output, [
    ['portfolio', portfolio],
    ['regime', `${regime}, weights × ${multiplier}`],
    [wish === null ? 'from' : 'until', wish === null ? 'its readings again' : (until ?? '-')],
    ['by', actor],
    ['reason', reason],
    ...(seq === null ? [] : [['journal', `#${seq}`] as const]),
    ...(duplicate ? [['request', 'it was carried out before; this came of it'] as const] : []),
  ])
}
