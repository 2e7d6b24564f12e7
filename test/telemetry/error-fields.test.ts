import { describe, expect, it } from 'vitest'
import { Refusal } from '../../src/model/refusal.ts'
import { errorFields, errorFieldsWithoutContent } from '../../src/telemetry/error-fields.ts'

const diskFull = Object.assign(new Error('ENOSPC: no space left on device, write'), {
  code: 'ENOSPC',
})

describe('errorFields', () => {
  it.each([
    ['an error', new TypeError('x'), { name: 'TypeError', message: 'x' }],
    ['a code', diskFull, { name: 'Error', code: 'ENOSPC', message: diskFull.message }],
    [
      'a cause',
      new Refusal('unavailable', 'journal', { cause: diskFull }),
      {
        name: 'Refusal',
        code: 'unavailable',
        message: 'journal',
        cause: { name: 'Error', code: 'ENOSPC', message: diskFull.message },
      },
    ],
    ['what is no error', 'a string that was thrown', { name: 'string' }],
  ])('describes %s', (_name, error, fields) => {
    expect(errorFields(error)).toEqual(fields)
  })
})

describe('errorFieldsWithoutContent', () => {
  function thrownBy(parse: () => unknown): unknown {
    try {
      return parse()
    } catch (error) {
      return error
    }
  }

  it('tells the place and leaves the message out', () => {
    const error = thrownBy(() => JSON.parse('tell me a secret'))
    const fields = errorFieldsWithoutContent(error)
    expect(fields).toMatchObject({ name: 'SyntaxError' })
    expect(JSON.stringify(fields)).not.toContain('secret')
    expect(fields.at).toContainEqual(expect.stringContaining('error-fields.test.ts:'))
  })

  it('is not fooled by a message that looks like a stack', () => {
    const error = new Error('prompt\n    at secret (file.ts:1:1)\n    at other.ts:2:2')
    expect(JSON.stringify(errorFieldsWithoutContent(error))).not.toMatch(/secret|other\.ts/)
  })

  it('leaves out the messages of causes, and of what is no error', () => {
    const error = new Error('secret a', { cause: new RangeError('secret b') })
    const fields = errorFieldsWithoutContent(error)
    expect(fields.cause).toMatchObject({ name: 'RangeError' })
    expect(JSON.stringify([fields, errorFieldsWithoutContent('secret c')])).not.toContain('secret ')
  })
})
