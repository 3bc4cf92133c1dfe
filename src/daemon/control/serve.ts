import { transientStore } from '#adapters/control-store.js'
import { answering } from '#adapters/wire/exchange.js'
import { type ControlVerb, portfolioOf, subjects } from '#adapters/wire/subjects.js'
import type { Unsubscribe } from '#ports/bus.js'
import { compare, measureBreaks } from '#runtime/compare.js'
import type { PortfolioId } from '#units/ids.js'
import { portfolioRow } from '../queries/portfolios.js'
import { type QueryName, queries } from '../queries/registry.js'
import { knownPortfolio, type Sight } from '../queries/sight.js'
import { Authority, NO_OPERATORS } from './authority.js'
import { serveCommands } from './commands.js'
import { control, questionExchange } from './messages.js'
import { type ControlParts, managed, observerOf, settled } from './parties.js'
import { type Parts, partsOfAnswers } from './parts.js'
import { Requests } from './requests.js'

/**
 * Answers `ballast.v1.ctl.*` and `ballast.v1.pf.<portfolio>.*` on a bus until called off. Questions change nothing;
 * changes need who, why and a request id, and are carried out at most once for it. To be called once the engine has
 * begun to start: which portfolios still wait for their gateway is only known from then on.
 * Source: design operator.md section 3.
 */
export function serveControl(parts: ControlParts): Unsubscribe {
  const answers = partsOfAnswers()
  const requests = new Requests(parts.journal)
  const authority = new Authority({ rules: NO_OPERATORS, store: transientStore(), now: Date.now, ...parts.authority })
  const served = [
    ...serveQuestions(parts, answers),
    ...serveCommands(parts, requests, authority),
    ...serveApprovals(parts, answers, authority),
    ...serveDaemon(parts, answers),
  ]
  return () => {
    for (const end of served) end()
  }
}

function serveQuestions({ bus, sight, metrics }: ControlParts, answers: Parts): readonly Unsubscribe[] {
  const observer = observerOf(metrics)
  return (Object.keys(queries) as QueryName[]).map((name) => {
    const query = queries[name] as (sight: Sight, portfolio: PortfolioId, asked: unknown) => unknown
    return answering(
      bus,
      questionExchange(name),
      subjects.portfolio('*', name),
      async (question, message) => {
        const { chunk, digest, ...asked } = question
        const portfolio = knownPortfolio(sight, portfolioOf(message.subject))
        return answers.of({ chunk, digest }, () => query(sight, portfolio, asked))
      },
      observer,
    )
  })
}

function serveDaemon(parts: ControlParts, answers: Parts): readonly Unsubscribe[] {
  const { bus, engine, sight, health, metrics } = parts
  const observer = observerOf(metrics)
  const on = (verb: ControlVerb): string => subjects.control(verb)
  return [
    answering(
      bus,
      control.list,
      on('list'),
      (asked) => answers.of(asked, () => engine.portfolios.map((portfolio) => portfolioRow(sight, portfolio))),
      observer,
    ),
    answering(bus, control.health, on('health'), async () => healthAnswer(health()), observer),
    answering(
      bus,
      control.reconcile,
      subjects.portfolio('*', 'reconcile'),
      (asked, message) => answers.of(asked, () => comparison(parts, portfolioOf(message.subject))),
      observer,
    ),
  ]
}

/** Confirmation by a second operator, and what waits for it. */
function serveApprovals(parts: ControlParts, answers: Parts, authority: Authority): readonly Unsubscribe[] {
  const { bus, metrics } = parts
  const observer = observerOf(metrics)
  return [
    answering(
      bus,
      control.approvals,
      subjects.control('approvals'),
      (asked) =>
        answers.of(asked, () =>
          authority.waiting().map(({ id, verb, subject, by, reason, terms, at, expires }) => ({
            ...{ id, verb, portfolio: portfolioOf(subject) || null, by, reason, terms },
            ...{ at: new Date(at).toISOString(), expires: new Date(expires).toISOString() },
          })),
        ),
      observer,
    ),
    answering(
      bus,
      control.approve,
      subjects.control('approve'),
      async (asked, { subject, body }) => {
        const signer = await authority.signer(subject, body, asked, false)
        const { request, answer } = await authority.approve(asked.id, signer)
        const { id, verb, by, terms } = request
        return { id, verb, by, approved_by: signer ?? '', terms: [...terms], answer: JSON.stringify(answer) }
      },
      observer,
    ),
  ]
}

async function comparison(parts: ControlParts, name: string) {
  const { engine, journal, gateway, metrics } = parts
  const portfolio = managed(parts, name)
  const found = await compare(portfolio, { host: engine.host, journal, gateway, between: settled(parts) })
  measureBreaks(metrics, found)
  return found
}

function healthAnswer(checks: ReturnType<ControlParts['health']>) {
  const rows = Object.entries(checks)
  return {
    ready: rows.every(([, check]) => check.ok),
    checks: Object.fromEntries(rows.map(([name, { ok, detail, ageMs }]) => [name, { ok, detail, age_ms: ageMs }])),
  }
}
