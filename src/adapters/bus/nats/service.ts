import { type NamedEndpointStats, type ServiceIdentity, ServiceResponseType } from '@nats-io/services'
import { nuid } from 'nats'

/** Queue group of every endpoint: one of its servers answers. */
export const QUEUE = 'q'

/** Counts the requests to one served subject. */
export interface EndpointCounter {
  /** One request is over; an error's message is shown to whoever asks for statistics. */
  answered(tookMs: number, error?: unknown): void
  /** Its server ended; the last one takes the endpoint out of the list. */
  end(): void
}

/** What a process tells `$SRV` about itself. */
export interface Discovery {
  endpoint(subject: string): EndpointCounter
  /** The subjects to answer on, each with its answer as of now, JSON. */
  readonly questions: readonly { readonly subject: string; readonly answer: () => string }[]
}

type Counts = { -readonly [K in keyof NamedEndpointStats]: NamedEndpointStats[K] } & { servers: number }

/**
 * The service protocol of NATS (ADR-32: PING, INFO, STATS for all, by name, by id). The library's own service cannot
 * take an endpoint back, ends as a whole when one subscription does, counts an asynchronous handler's time and errors
 * wrongly and starts anew with every connection; so the answers are made here, in its types.
 * @throws RangeError unless the name is letters, digits, `-`, `_` and the version semantic.
 */
export function discovery(service: {
  readonly name: string
  readonly version: string
  readonly description: string
}): Discovery {
  const { name, version, description } = service
  if (!/^[\w-]+$/.test(name)) throw new RangeError(`not a service name: ${JSON.stringify(name)}`)
  if (!/^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/.test(version))
    throw new RangeError(`not a semantic version: ${JSON.stringify(version)}`)
  const id = nuid.next()
  const started = new Date().toISOString()
  const endpoints = new Map<string, Counts>()
  const identity = (type: ServiceResponseType): ServiceIdentity => ({ type, name, id, version, metadata: {} })
  const answers = {
    PING: () => identity(ServiceResponseType.PING),
    INFO: () => ({
      ...identity(ServiceResponseType.INFO),
      description,
      endpoints: [...endpoints.values()].map((counts) => ({
        name: counts.name,
        subject: counts.subject,
        queue_group: QUEUE,
        metadata: {},
      })),
    }),
    STATS: () => ({
      ...identity(ServiceResponseType.STATS),
      started,
      endpoints: [...endpoints.values()].map(({ servers: _, ...counts }) => counts),
    }),
  }
  return {
    endpoint: (subject) => counter(endpoints, subject),
    questions: Object.entries(answers).flatMap(([verb, answer]) =>
      [`$SRV.${verb}`, `$SRV.${verb}.${name}`, `$SRV.${verb}.${name}.${id}`].map((subject) => ({
        subject,
        answer: () => JSON.stringify(answer()),
      })),
    ),
  }
}

function counter(endpoints: Map<string, Counts>, subject: string): EndpointCounter {
  const counts: Counts = endpoints.get(subject) ?? {
    name: endpointName(subject),
    subject,
    queue_group: QUEUE,
    num_requests: 0,
    num_errors: 0,
    last_error: '',
    processing_time: 0,
    average_processing_time: 0,
    servers: 0,
  }
  counts.servers += 1
  endpoints.set(subject, counts)
  return {
    answered: (tookMs, error) => {
      counts.num_requests += 1
      counts.processing_time += Math.round(tookMs * 1e6) // nanoseconds
      counts.average_processing_time = Math.round(counts.processing_time / counts.num_requests)
      if (error === undefined) return
      counts.num_errors += 1
      counts.last_error = error instanceof Error ? error.message : String(error)
    },
    end: () => {
      counts.servers -= 1
      if (counts.servers === 0) endpoints.delete(subject)
    },
  }
}

/** The subject in the characters a name may have. */
const endpointName = (subject: string): string =>
  subject
    .replaceAll('*', 'any')
    .replaceAll('>', 'all')
    .replaceAll('.', '-')
    .replace(/[^\w-]/g, '_')
