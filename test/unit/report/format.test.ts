import { describe, expect, it } from 'vitest'
import { logTicks, spanOf } from '#report/charts/axes.js'
import { amount, compact, decimal, fixed, percent, signedPercent } from '#report/format.js'
import { html, Markup } from '#report/markup.js'
import { Decimal } from '#units/decimal.js'
import { money } from '#units/money.js'
import { sessionDate } from '#units/time.js'

describe('formats', () => {
  it('writes money exactly to the cent, half up, grouped, with sign and currency', () => {
    expect(amount(money('1234567.895'), 'USD')).toBe('$1,234,567.90')
    expect(amount(money('-0.004'), 'USD')).toBe('$0.00')
    expect(amount(money('-1000'), 'CHF')).toBe('−CHF 1,000.00')
    expect(amount(money('90071992547409931234.01'), 'EUR')).toBe('€90,071,992,547,409,931,234.01')
  })

  it('writes fractions as percent and never a negative zero', () => {
    expect(percent(0.12345, 1)).toBe('12.3 %')
    expect(percent(-0.000001)).toBe('0.00 %')
    expect(percent(null)).toBe('–')
    expect(signedPercent(0.5, 0)).toBe('+50 %')
    expect(signedPercent(-0.5, 0)).toBe('−50 %')
    expect(signedPercent(0)).toBe('0.00 %')
    expect(fixed(Number.NaN, 2)).toBe('–')
    expect(decimal(new Decimal('12500.50'))).toBe('12,500.5')
  })

  it('shortens money for axes', () => {
    expect([950_000, 1_250_000, 0, -2e9, 12].map((value) => compact(value, 'USD'))).toEqual([
      '$950k',
      '$1.25M',
      '$0',
      '−$2B',
      '$12',
    ])
  })

  it('marks a logarithmic axis at round numbers inside the range', () => {
    expect(logTicks(900_000, 21_000_000)).toEqual([1e6, 2e6, 5e6, 1e7, 2e7])
    expect(logTicks(520_000, 3_900_000)).toEqual([7e5, 1e6, 1.5e6, 2e6, 3e6])
  })

  it('gives a single session a day of room on either side', () => {
    const { from, to } = spanOf([sessionDate('2020-01-02')])
    expect(to - from).toBe(2 * 86_400_000)
  })
})

describe('markup', () => {
  it('escapes what comes in and leaves markup as it is', () => {
    const hostile = `<script>"&'</script>`
    expect(html`<p title="${hostile}">${hostile}${new Markup('<b>ok</b>')}${null}${[1, 'a']}</p>`.text).toBe(
      '<p title="&#60;script&#62;&#34;&#38;&#39;&#60;/script&#62;">' +
        '&#60;script&#62;&#34;&#38;&#39;&#60;/script&#62;<b>ok</b>1a</p>',
    )
  })
})
