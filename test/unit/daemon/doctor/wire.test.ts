import { describe, expect, it } from 'vitest'
import {
  type AccountReading,
  judgeDaemon,
  judgeFeed,
  judgeGateway,
  judgeLogin,
  judgeRefusal,
  judgeServers,
  judgeSkew,
} from '#daemon/doctor/wire.js'
import { Fault } from '#units/fault.js'

const fault = (code: string, message = 'said so') => new Fault(code, message, 'never')

describe('the doctor on NATS servers', () => {
  const up = { server: 'nats://a:1', version: '2.10.1', maxPayloadBytes: 65_536 }
  const down = { server: 'nats://b:1', fault: fault('NATS_UNREACHABLE', 'nats://b:1: ECONNREFUSED') }

  it('needs one of them; the loss of others is to look at', () => {
    expect(judgeServers([up])).toMatchObject({
      status: 'ok',
      detail: 'nats://a:1 runs NATS 2.10.1, messages up to 64 KiB',
    })
    expect(judgeServers([up, down])).toMatchObject({ status: 'warn', detail: expect.stringContaining('nats://b:1') })
    expect(judgeServers([down])).toMatchObject({
      status: 'FAIL',
      detail: 'NATS is down: nats://b:1: ECONNREFUSED',
      hint: expect.stringContaining('systemctl start nats-server'),
    })
  })

  it('warns of one that takes less than may be sent', () => {
    expect(judgeServers([{ ...up, maxPayloadBytes: 65_535 }])).toMatchObject({
      status: 'warn',
      hint: expect.stringContaining('max_payload'),
    })
    expect(judgeServers([{ ...up, maxPayloadBytes: null }]).status).toBe('ok')
  })
})

describe('the doctor on a login', () => {
  const login = { as: 'as user a', server: '2.10.1', roundTripMs: 0.4, inboxPrefix: '_INBOX', hearsInbox: true }

  it('tells as whom, and how long a round trip takes', () => {
    expect(judgeLogin(login)).toMatchObject({
      status: 'ok',
      detail: 'accepted as user a, NATS 2.10.1, round trip 0.4 ms',
    })
    expect(judgeLogin({ ...login, roundTripMs: 100 }).status).toBe('ok')
    expect(judgeLogin({ ...login, roundTripMs: 100.1 }).status).toBe('warn')
    expect(judgeLogin({ ...login, hearsInbox: false })).toMatchObject({
      status: 'FAIL',
      hint: expect.stringContaining('inbox_prefix'),
    })
  })

  it('has a sentence and a hint of its own for each refusal', () => {
    const codes = ['NATS_UNREACHABLE', 'NATS_UNAUTHORISED', 'NATS_TLS', 'NATS_VERSION', 'SECRET_UNREADABLE', 'OTHER']
    const findings = codes.map((code) => judgeRefusal(fault(code)))
    expect(findings.map(({ detail }) => detail)).toEqual(codes.map((code) => `${code}: said so`))
    expect(new Set(findings.map(({ hint }) => hint)).size).toBe(codes.length)
    expect(findings.every(({ status }) => status === 'FAIL')).toBe(true)
  })
})

describe('the doctor on a gateway', () => {
  const answer = { mode: 'paper', currency: 'USD', tookMs: 2.1, skewMs: 0 }
  const account = (changes: Partial<AccountReading>): AccountReading => ({
    portfolio: 'core',
    mode: 'paper',
    currency: 'USD',
    answer,
    ...changes,
  })

  it('takes one whose accounts are as the portfolios are configured', () => {
    const rows = [account({}), account({ portfolio: 'sat', answer: { ...answer, tookMs: 7 } })]
    expect(judgeGateway('paper', rows)).toMatchObject({
      status: 'ok',
      detail: 'answers within 7 ms for core (paper), sat (paper)',
    })
  })

  it('fails another mode of any portfolio, and looks at another currency', () => {
    expect(judgeGateway('paper', [account({}), account({ portfolio: 'sat', mode: 'live' })])).toMatchObject({
      status: 'FAIL',
      detail: 'its account of sat is paper, the portfolio is live: no order would be sent',
    })
    expect(judgeGateway('paper', [account({ currency: 'EUR' })]).status).toBe('warn')
  })

  it.each([
    ['NO_RESPONDERS', false, 'FAIL', 'missing: nobody answers as paper'],
    ['NO_RESPONDERS', true, 'skip', 'this user may not ask gateways'],
    ['TIMEOUT', false, 'FAIL', 'silent: said so'],
    ['BAD_ANSWER', false, 'FAIL', 'BAD_ANSWER: said so'],
  ])('%s (denied: %s) is %s', (code, denied, status, words) => {
    const silent = account({ answer: { fault: fault(code), denied } })
    expect(judgeGateway('paper', [account({}), silent])).toMatchObject({
      status,
      detail: expect.stringContaining(words),
      hint: expect.any(String),
    })
  })

  it.each([
    [0, 'ok'],
    [1_000, 'ok'],
    [1_001, 'FAIL'],
  ])('a clock %d ms away is %s', (skew, status) => {
    expect(judgeSkew(skew).status).toBe(status)
  })
})

describe('the doctor on the feed', () => {
  const heard = { feed: 'replay', barSize: '1d', latest: 90 }
  const reading = { wanted: '1d', heard: [heard], listenedMs: 2_000, denied: false }

  it('wants a heartbeat, of the configured bars', () => {
    expect(judgeFeed(reading)).toMatchObject({ status: 'ok', detail: expect.stringContaining('session 90') })
    expect(judgeFeed({ ...reading, heard: [] })).toMatchObject({ status: 'warn', detail: 'no heartbeat within 2 s' })
    expect(judgeFeed({ ...reading, wanted: '1mo' })).toMatchObject({
      status: 'warn',
      detail: 'replay publishes 1d bars, feed.bar_size is 1mo',
    })
    expect(judgeFeed({ ...reading, wanted: '1mo', heard: [heard, { ...heard, barSize: '1mo' }] }).status).toBe('ok')
    expect(judgeFeed({ ...reading, denied: true }).status).toBe('skip')
  })
})

describe('the doctor on the daemon', () => {
  const held = { kind: 'held', pid: 41, host: 'here', since: '2026-01-05' } as const
  const answered = { kind: 'answered', ready: true, troubles: [], checks: 6 } as const
  const failed = (code: string) => ({ kind: 'failed', fault: fault(code) }) as const

  it('takes one that is ready, and lists what keeps another from it', () => {
    expect(judgeDaemon(answered, held).status).toBe('ok')
    expect(judgeDaemon(answered, null).status).toBe('ok')
    expect(judgeDaemon({ ...answered, ready: false, troubles: ['feed: silent'] }, held)).toMatchObject({
      status: 'warn',
      more: ['feed: silent'],
    })
  })

  it('finds one that holds the state and says nothing, one that is not there, and one of another state', () => {
    expect(judgeDaemon(failed('NO_RESPONDERS'), held)).toMatchObject({
      status: 'warn',
      detail: 'pid 41 on here since 2026-01-05 holds the state, but nobody answers for it on NATS',
    })
    expect(judgeDaemon(failed('NO_RESPONDERS'), { kind: 'free' })).toMatchObject({
      status: 'warn',
      detail: 'none runs: nobody answers on NATS',
    })
    expect(judgeDaemon(failed('TIMEOUT'), null).detail).toBe('TIMEOUT: said so')
    expect(judgeDaemon(answered, { kind: 'free' }).detail).toContain('none holds this state directory')
    expect(judgeDaemon({ kind: 'denied' }, held).status).toBe('skip')
  })
})
