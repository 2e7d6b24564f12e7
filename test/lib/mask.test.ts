import { describe, expect, it } from 'vitest'
import { maskSecrets } from '../../src/lib/mask.ts'

describe('maskSecrets', () => {
  it('masks every secret each time it comes up', () => {
    expect(maskSecrets('key=abc, again abc; xyz', ['abc', 'xyz'])).toBe(
      'key=[REDACTED], again [REDACTED]; [REDACTED]',
    )
  })

  it('takes secrets for text, not for patterns', () => {
    expect(maskSecrets('a.c abc $&', ['a.c', '$&'])).toBe('[REDACTED] abc [REDACTED]')
  })
})
