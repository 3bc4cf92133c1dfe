import { afterEach, describe, expect, it } from 'vitest'
import { prometheusMetrics } from '#adapters/metrics/prometheus.js'
import { type Health, type HttpServer, serveHttp } from '#daemon/http.js'

const open: HttpServer[] = []

const start = async (health: Health = () => ({}), listen = '127.0.0.1:0'): Promise<string> => {
  const metrics = prometheusMetrics({ portfolios: ['core'], processMetrics: false })
  const server = await serveHttp({ listen, metrics, health, version: { ballast: '0.1.0', native: 'cpu' } })
  open.push(server)
  return server.address
}

const page = async (address: string, path: string): Promise<readonly [number, string]> => {
  const response = await fetch(`http://${address}${path}`)
  return [response.status, await response.text()]
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

describe('the health and metrics pages', () => {
  it('render the metrics in the exposition format', async () => {
    const address = await start()
    const response = await fetch(`http://${address}/metrics`)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await response.text()).toContain('# TYPE ballast_runs_total counter\n')
  })

  it('are ready only while every check is', async () => {
    let journal = true
    const address = await start(() => ({
      journal: { ok: journal, detail: journal ? 'open' : 'read only', ageMs: 12 },
      config: { ok: true, detail: '3 portfolios', ageMs: null },
    }))
    expect(await page(address, '/readyz')).toEqual([200, 'ready\n'])
    journal = false
    expect(await page(address, '/readyz')).toEqual([503, 'not ready\n'])
    expect(await page(address, '/readyz?verbose')).toEqual([
      503,
      '[-] journal: read only (0.0 s ago)\n[+] config: 3 portfolios\nnot ready\n',
    ])
    expect(await page(address, '/livez')).toEqual([200, 'ok\n'])
  })

  it('tell the version and know no other page', async () => {
    const address = await start()
    expect(await page(address, '/version')).toEqual([200, '{"ballast":"0.1.0","native":"cpu"}'])
    expect((await page(address, '/etc/passwd'))[0]).toBe(404)
  })

  it('answer a failing check with an error page and live on', async () => {
    const address = await start(() => {
      throw new Error('no journal')
    })
    expect(await page(address, '/readyz')).toEqual([500, 'no journal\n'])
    expect((await page(address, '/livez'))[0]).toBe(200)
  })

  it('say so when the address is taken', async () => {
    const address = await start()
    await expect(start(() => ({}), address)).rejects.toMatchObject({ name: 'Fault', code: 'ADDRESS_IN_USE' })
  })

  it('free the port when closed, even with a connection kept alive', async () => {
    const address = await start()
    await page(address, '/livez')
    await open.pop()!.close()
    await expect(fetch(`http://${address}/livez`)).rejects.toThrow()
    expect(await start(() => ({}), address)).toBe(address)
  })
})
