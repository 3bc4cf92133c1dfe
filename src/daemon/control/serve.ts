import { answering, type ExchangeObserver } from '#adapters/wire/exchange.js'
import { type ControlVerb, subjects, trafficClass } from '#adapters/wire/subjects.js'
import type { Message, Unsubscribe } from '#ports/bus.js'
import { compare, measureBreaks } from '#runtime/compare.js'
import type { PortfolioId } from '#units/ids.js'
import { portfolioRow } from '../queries/portfolios.js'
import { type QueryName, queries } from '../queries/registry.js'
import { knownPortfolio, type Sight } from '../queries/sight.js'
import { bookCash, type Flow } from './cash.js'
import { control, PERMISSIONS, type PermissionVerb, questionExchange, type RestrainAnswer } from './messages.js'
import { type ControlParts, managed, type Signed, settled } from './parties.js'
import { type Parts, partsOfAnswers } from './parts.js'
import { haltAll, permitOnce } from './permission.js'
import { Requests } from './requests.js'
import { restrainOnce } from './restrain.js'
import { beginRun } from './run.js'

/**
 * Answers `ballast.v1.ctl.*` and `ballast.v1.pf.<portfolio>.*` on a bus until called off. Questions change nothing;
 * changes need who, why and a request id, and are carried out at most once for it. To be called once the engine has
 * begun to start: which portfolios still wait for their gateway is only known from then on.
 * Source: design operator.md section 3.
 */
export function serveControl(parts: ControlParts): Unsubscribe {
  const answers = partsOfAnswers()
  const requests = new Requests(parts.journal)
  const served = [
    ...serveQuestions(parts, answers),
    ...serveChanges(parts, requests),
    ...serveDaemon(parts, answers, requests),
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
        const portfolio = knownPortfolio(sight, portfolioIn(message))
        return answers.of({ chunk, digest }, () => query(sight, portfolio, asked))
      },
      observer,
    )
  })
}

function serveChanges(parts: ControlParts, requests: Requests): readonly Unsubscribe[] {
  const { bus, log, metrics } = parts
  const observer = observerOf(metrics)
  const on = (verb: string): string => subjects.portfolio('*', verb)
  const told = <T extends { readonly seq: number | null; readonly duplicate: boolean }>(
    verb: string,
    message: Message,
    { actor, reason, request_id: request }: Signed,
    answer: T,
  ): T => {
    const { seq, duplicate } = answer
    log.info({ portfolio: portfolioIn(message), verb, actor, reason, request, seq, duplicate }, 'asked by hand')
    return answer
  }
  const permits = (Object.keys(PERMISSIONS) as PermissionVerb[]).map((verb) =>
    answering(
      bus,
      control.permit,
      on(verb),
      async (asked, message) =>
        told(verb, message, asked, await permitOnce(parts, requests, portfolioIn(message), PERMISSIONS[verb], asked)),
      observer,
    ),
  )
  const flows = (['deposit', 'withdraw'] satisfies Flow[]).map((flow) =>
    answering(
      bus,
      control.cash,
      on(flow),
      async (asked, message) =>
        told(flow, message, asked, await bookCash(parts, requests, portfolioIn(message), flow, asked)),
      observer,
    ),
  )
  const run = answering(
    bus,
    control.run,
    on('run'),
    async (asked, message) => told('run', message, asked, await beginRun(parts, requests, portfolioIn(message), asked)),
    observer,
  )
  return [...permits, ...flows, run]
}

function serveDaemon(parts: ControlParts, answers: Parts, requests: Requests): readonly Unsubscribe[] {
  const { bus, engine, sight, health, metrics, log } = parts
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
      control.halt,
      on('halt'),
      async (asked) => {
        const answer = await haltAll(parts, requests, asked)
        const { actor, reason, request_id: request } = asked
        log.warn({ verb: 'halt all', actor, reason, request, halted: answer.halted.length }, 'asked by hand')
        return answer
      },
      observer,
    ),
    ...serveRestraints(parts, requests),
    answering(
      bus,
      control.reload,
      on('reload'),
      async (asked) => {
        const { actor, reason, request_id: request, dry_run } = asked
        log.info({ verb: 'reload', actor, reason, request, dry_run }, 'asked by hand')
        return parts.reload(asked)
      },
      observer,
    ),
    answering(
      bus,
      control.reconcile,
      subjects.portfolio('*', 'reconcile'),
      (asked, message) => answers.of(asked, () => comparison(parts, portfolioIn(message))),
      observer,
    ),
  ]
}

function serveRestraints(parts: ControlParts, requests: Requests): readonly Unsubscribe[] {
  const { bus, metrics, log } = parts
  const told = ({ actor, reason, request_id: request }: Signed, answer: RestrainAnswer): RestrainAnswer => {
    const { key, to, changed, failed } = answer
    log.warn(
      { verb: 'restrain', key, to, actor, reason, request, changed: changed.length, failed: failed.length },
      'asked by hand',
    )
    return answer
  }
  return [
    answering(
      bus,
      control.kill,
      subjects.control('kill'),
      async (asked) => told(asked, await restrainOnce(parts, requests, asked.level, asked)),
      observerOf(metrics),
    ),
    answering(
      bus,
      control.unkill,
      subjects.control('unkill'),
      async (asked) => told(asked, await restrainOnce(parts, requests, 'active', asked)),
      observerOf(metrics),
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

const observerOf = (metrics: ControlParts['metrics']): ExchangeObserver => ({
  invalid: (subject) => metrics.count('ballast_nats_invalid_messages_total', { class: trafficClass(subject) }),
})

/** The portfolio a subject names: `ballast.v1.pf.<portfolio>.<verb>`. */
const portfolioIn = ({ subject }: Message): string => subject.split('.')[3] ?? ''
