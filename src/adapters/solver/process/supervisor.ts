import { availableParallelism } from 'node:os'
import type { Log } from '#ports/log.js'
import { Fault } from '#units/fault.js'
import type { AnswerDto, FrontierDto, ProblemDto } from '../dto.js'
import type { Running, SolverCalls } from '../native.js'
import { Arena } from './arena.js'
import { type Call, newCall, nextCall } from './call.js'
import { type Child, startChild } from './child.js'
import type { FromHost, Method } from './messages.js'
import { Patience, type PatienceOptions } from './patience.js'
import { owned, share } from './share.js'

/** Why a child is no more: by itself, said nothing, kept a call past its time, or never got ready. */
export type ChildEnd = 'crashed' | 'silent' | 'late' | 'unready'

/** How a child is kept. */
export interface SupervisorOptions extends PatienceOptions {
  /** The child's program. */
  readonly module: string
  /** What the solver says about itself; asked of the addon in this process. */
  readonly describe: SolverCalls['describe']
  readonly log: Log
  /** Told of every child that ended unasked. */
  readonly onEnded: (why: ChildEnd) => void
  /** Options of a call that is tried again after its child was lost. */
  readonly again: (options: object) => object
  /** A child that says nothing for this long while it works is ended, milliseconds. */
  readonly silentMs: number
  /** Time beyond its own limit after which a call's child is ended, milliseconds. */
  readonly graceMs: number
  /** Time a child has to get ready, milliseconds. */
  readonly startMs: number
}

/** Beats within {@link SupervisorOptions.silentMs}; as many unanswered ones in a row end the child. */
const BEATS = 10

/**
 * Carries out calls in a child process. A call whose child is lost is tried once more, alone, so that only the one
 * that ends children is given up; the second loss rejects it with a Fault. A child that cannot be kept is
 * tried again ever more slowly, and meanwhile calls are refused at once: nothing is solved in this process instead.
 */
export class Supervisor implements SolverCalls {
  readonly #arena = new Arena()
  readonly #patience: Patience
  readonly #atOnce = availableParallelism()
  #queue: Call[] = []
  readonly #under = new Map<number, Call>()
  #child: Child | null = null
  #ready = false
  #startBy = 0
  #unanswered = 0
  #beat: NodeJS.Timeout | null = null
  #retry: NodeJS.Timeout | null = null
  #ended: ChildEnd = 'crashed'
  #calls = 0
  #closed = false

  constructor(private readonly options: SupervisorOptions) {
    this.#patience = new Patience(options)
  }

  /** The child's process, while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  describe(): ReturnType<SolverCalls['describe']> {
    return this.options.describe()
  }

  solve(problem: ProblemDto, options: object): Running<AnswerDto> {
    return this.#call('solve', [problem], options)
  }

  frontier(problem: ProblemDto, options: object): Running<FrontierDto> {
    return this.#call('frontier', [problem], options)
  }

  solveMany(problems: readonly ProblemDto[], options: object): Running<readonly AnswerDto[]> {
    return this.#call('solveMany', problems, options)
  }

  /** Gives up what is under way and ends the child; resolves when it is gone. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#retry !== null) clearTimeout(this.#retry)
    const child = this.#child
    this.#rest()
    this.#child = null
    child?.kill('is no longer needed')
    const fault = new Fault('CLOSED', 'the solver is closed', 'never')
    for (const call of [...this.#under.values(), ...this.#queue]) this.#reject(call, fault)
    this.#queue = []
    child?.needed(true)
    await child?.gone
    this.#arena.close()
  }

  #call<Answer>(method: Method, problems: readonly ProblemDto[], given: object): Running<Answer> {
    this.#calls += 1
    let call: Call | undefined
    const promise = new Promise<Answer>((resolve, reject) => {
      call = newCall(this.#calls, { method, problems, given, resolve, reject })
      this.#queue.push(call)
      this.#pump()
    })
    return { promise, cancel: () => call !== undefined && this.#cancel(call) }
  }

  /** A call that waits for its turn is let through at once: it ends as soon as it looks at its cancellation. */
  #cancel(call: Call): void {
    call.cancelled = true
    if (this.#under.has(call.id)) this.#child?.send({ type: 'cancel', id: call.id })
    else this.#pump()
  }

  /** Sends what may be sent; sees to a child first. */
  #pump(): void {
    if (this.#queue.length === 0 && this.#under.size === 0) this.#rest()
    else if (this.#closed) this.#refuse(new Fault('CLOSED', 'the solver is closed', 'never'))
    else if (this.#child === null) this.#begin()
    else {
      this.#work()
      if (!this.#ready) return
      for (let next = this.#next(); next !== undefined; next = this.#next()) this.#send(next)
    }
  }

  #next(): Call | undefined {
    const at = nextCall(this.#queue, [...this.#under.values()], this.#atOnce)
    return at < 0 ? undefined : this.#queue.splice(at, 1)[0]
  }

  #send(call: Call): void {
    const { id, method, options, onProgress } = call
    try {
      call.shared = share(this.#arena, call.problems)
      call.dueAt = performance.now() + call.timeLimitMs + this.options.graceMs
      const { problems } = call.shared
      const progress = onProgress !== undefined
      this.#under.set(id, call)
      this.#child?.send({ type: 'call', id, method, problems, options, progress, memory: this.#arena.bytes })
      if (call.cancelled) this.#child?.send({ type: 'cancel', id })
    } catch (error) {
      const told = error instanceof Error ? error.message : String(error)
      this.#reject(call, new Fault('SOLVER_UNREACHED', `the call could not be handed over: ${told}`, 'safe'))
    }
  }

  /** Starts a child, or sees to it that one is started when its time has come. */
  #begin(): void {
    const waitMs = this.#patience.waitMs(performance.now())
    if (waitMs <= 0) this.#start()
    else if (this.#patience.exhausted) {
      const seconds = Math.ceil(waitMs / 1000)
      const message = `the solver's process cannot be kept; tried again in ${seconds} s`
      this.#refuse(new Fault('SOLVER_UNAVAILABLE', message, 'safe'))
    } else
      this.#retry ??= setTimeout(() => {
        this.#retry = null
        this.#pump()
      }, waitMs)
  }

  #start(): void {
    const { module, log } = this.options
    this.#ready = false
    this.#unanswered = 0
    this.#ended = 'unready'
    this.#startBy = performance.now() + this.options.startMs
    const child: Child = startChild({
      module,
      memory: this.#arena.handle,
      onMessage: (message) => this.#hear(message),
      onEnd: (how) => this.#lose(child, how),
    })
    this.#child = child
    this.#work()
    log.debug({ pid: child.pid }, 'the solver process is started')
  }

  #hear(message: FromHost): void {
    this.#unanswered = 0
    if (message.type === 'ready') {
      this.#ready = true
      this.#ended = 'crashed'
      this.#pump()
    } else if (message.type === 'progress') this.#tell(message)
    else if (message.type === 'answer' || message.type === 'refused') this.#settle(message)
  }

  /** Of several reports that came while this process was busy only the last is passed on. */
  #tell({ id, progress }: Extract<FromHost, { type: 'progress' }>): void {
    const call = this.#under.get(id)
    if (call === undefined) return
    if (call.latest === null) setImmediate(() => this.#tellLatest(call))
    call.latest = progress
  }

  #tellLatest(call: Call): void {
    const { latest, onProgress } = call
    call.latest = null
    if (latest !== null && this.#under.get(call.id) === call) onProgress?.(latest)
  }

  #settle(message: Extract<FromHost, { id: number }>): void {
    const call = this.#under.get(message.id)
    if (call === undefined) return
    if (message.type === 'refused') this.#reject(call, new Error(message.message))
    else if (message.type === 'answer') {
      this.#patience.succeeded()
      this.#release(call)
      call.resolve(owned(message.answer) as never)
    }
    this.#pump()
  }

  /** One beat: asks for a sign of life, ends a child that gave none or keeps a call past its time. */
  #tick(): void {
    const now = performance.now()
    // Two beats: an answer that is here already but could not be read in time still counts.
    for (const call of this.#under.values()) if (now > call.dueAt) call.overdue += 1
    const late = [...this.#under.values()].some(({ overdue }) => overdue > 1)
    if (!this.#ready && now > this.#startBy) this.#end('unready', `was not ready after ${this.options.startMs} ms`)
    else if (late) this.#end('late', 'kept a solve beyond its time limit')
    else if (this.#unanswered >= BEATS) this.#end('silent', `said nothing for ${this.options.silentMs} ms`)
    else if (this.#ready) {
      this.#unanswered += 1
      this.#child?.send({ type: 'ping' })
    }
  }

  #end(why: ChildEnd, how: string): void {
    this.#ended = why
    this.#child?.kill(how)
  }

  /** The child is no more: whoever it worked for gets another one, once. */
  #lose(child: Child, how: string): void {
    if (this.#child !== child || this.#closed) return
    this.#child = null
    this.#ready = false
    const why = this.#ended
    this.#patience.failed(performance.now())
    this.options.log.warn({ pid: child.pid, why, calls: this.#under.size }, `the solver process ${how}`)
    this.options.onEnded(why)
    const calls = [...this.#under.values()]
    for (const call of calls.reverse()) {
      if (call.lost > 0 || call.overdue > 1)
        this.#reject(call, new Fault('SOLVER_LOST', `the solver process ${how}`, 'safe'))
      else {
        this.#release(call)
        Object.assign(call, { lost: 1, overdue: 0, options: this.options.again(call.options) })
        this.#queue.unshift(call)
      }
    }
    this.#pump()
  }

  #refuse(fault: Fault): void {
    for (const call of this.#queue.splice(0)) this.#reject(call, fault)
    this.#rest()
  }

  #reject(call: Call, error: unknown): void {
    this.#release(call)
    call.reject(error)
  }

  #release(call: Call): void {
    this.#under.delete(call.id)
    call.shared?.release()
    call.shared = null
  }

  /** Something to do: the child is watched, and this process waits for it. */
  #work(): void {
    this.#child?.needed(true)
    this.#beat ??= setInterval(() => this.#tick(), this.options.silentMs / BEATS).unref()
  }

  /** Nothing to do: an idle child is not asked for signs of life and keeps this process from nothing. */
  #rest(): void {
    if (this.#beat !== null) clearInterval(this.#beat)
    this.#beat = null
    this.#child?.needed(false)
  }
}
