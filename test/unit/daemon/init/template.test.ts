import { describe, expect, it } from 'vitest'
import { filled } from '#daemon/init/template.js'

describe('a template', () => {
  it('has every place filled in, as often as it comes, and keeps other signs as they are', () => {
    const text = 'User=@USER@ @DIR@/@DIR@ ballast@.service me@example.com $1 @ @lower@'
    expect(filled(text, { USER: 'ballast', DIR: '/etc/$&' })).toBe(
      'User=ballast /etc/$&//etc/$& ballast@.service me@example.com $1 @ @lower@',
    )
  })

  it('is not filled in when a value is missing', () => {
    expect(() => filled('@USER@ @NODE@', { USER: 'ballast' })).toThrow('nothing is known for @NODE@')
  })
})
