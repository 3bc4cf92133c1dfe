import { type PortfolioRow, portfolioRow } from '#daemon/queries/portfolios.js'
import { type Asked, type QueryName, queries, type Told } from '#daemon/queries/registry.js'
import { knownPortfolio, type Sight } from '#daemon/queries/sight.js'
import type { PortfolioId } from '#units/ids.js'
import { daemonOf } from './context.js'
import { type Daemon, withDaemon } from './daemon.js'
import type { Settings } from './settings.js'
import { sightOf, withState } from './state.js'

/** Who answers questions about portfolios: a running daemon, or what a state directory holds. */
export type Questions = Pick<Daemon, 'portfolios' | 'ask'>

/**
 * Lets a command ask: the daemon it is for when a context or server is named, else the state directory.
 * @throws CliError on a bad configuration or context; Fault `JOURNAL_LOCKED`, `JOURNAL_MISSING`, `NATS_…`.
 */
export function withQuestions<T>(settings: Settings, use: (questions: Questions) => Promise<T>): Promise<T> {
  const connection = daemonOf(settings)
  return connection === null
    ? withState(settings, (state) => use(questionsOf(sightOf(state))))
    : withDaemon(settings, connection, use)
}

/** Asks one question about one portfolio. */
export const askOne = <Q extends QueryName>(
  settings: Settings,
  query: Q,
  portfolio: string,
  asked: Asked<Q>,
): Promise<Told<Q>> => withQuestions(settings, (questions) => questions.ask(query, portfolio, asked))

function questionsOf(sight: Sight): Questions {
  return {
    async portfolios(): Promise<readonly PortfolioRow[]> {
      return [...sight.journal.portfolios()].sort().map((id) => portfolioRow(sight, id))
    },
    async ask<Q extends QueryName>(query: Q, name: string, asked: Asked<Q>): Promise<Told<Q>> {
      const answer = queries[query] as (sight: Sight, portfolio: PortfolioId, asked: Asked<Q>) => unknown
      return (await answer(sight, knownPortfolio(sight, name), asked)) as Told<Q>
    },
  }
}
