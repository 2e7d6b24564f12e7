import { describe, expect, it } from 'vitest'
import type { LogEncoding, LogFields, LogLevel } from '../../src/telemetry/log-line.ts'
import { createLogger, type Logger } from '../../src/telemetry/logger.ts'

const NOON_MS = Date.UTC(2026, 10, 25, 12)

function written(
  options: { level?: LogLevel; encoding?: LogEncoding; secrets?: string[] },
  log: (logger: Logger) => void,
): string {
  const lines: string[] = []
  log(
    createLogger({
      level: 'info',
      encoding: 'console',
      write: (line) => lines.push(line),
      now: () => NOON_MS,
      ...options,
    }),
  )
  return lines.join('')
}

describe('console encoding', () => {
  const table: [string, LogFields, string][] = [
    ['nothing else', {}, ''],
    ['fields', { port: 4317, on: true }, '\t{"port": 4317, "on": true}'],
    [
      'nested values',
      { group: { model: 'a' }, ids: [1] },
      '\t{"group": {"model":"a"}, "ids": [1]}',
    ],
    ['undefined as absent', { a: undefined }, ''],
    ['newlines and tabs escaped', { a: 'x\n\ty' }, '\t{"a": "x\\n\\ty"}'],
    ['terminal sequences escaped', { a: '\u001b[31m\u009b' }, '\t{"a": "\\u001b[31m\\u009b"}'],
    ['turned text escaped', { a: '\u202e\u2028' }, '\t{"a": "\\u202e\\u2028"}'],
    ['astral format characters escaped', { a: '\u{e0041}' }, '\t{"a": "\\udb40\\udc41"}'],
    ['other scripts as they are', { a: 'größe 測試' }, '\t{"a": "größe 測試"}'],
  ]
  it.each(table)('writes %s', (_name, fields, tail) => {
    const line = written({}, (logger) => logger.info('hello', fields))
    expect(line).toBe(`2026-11-25T12:00:00.000Z\tinfo\thello${tail}\n`)
  })

  it('keeps a message on one line', () => {
    const line = written({}, (logger) => logger.warn('a\r\nb\u007f'))
    expect(line).toBe('2026-11-25T12:00:00.000Z\twarn\ta\\r\\nb\\u007f\n')
  })

  it('cuts long values and says so', () => {
    const line = written({}, (logger) => logger.info('m', { service: 'x'.repeat(5000) }))
    expect(line).toContain(`"${'x'.repeat(1024)}… (5000 characters)"`)
  })
})

describe('json encoding', () => {
  it('writes one object a line, with the message as it is', () => {
    const line = written({ encoding: 'json' }, (logger) =>
      logger.error('a\nb\u0085', { service: 'x\u202e', size: 5n }),
    )
    expect(line.indexOf('\n')).toBe(line.length - 1)
    expect(line).toContain('\\u0085')
    expect(JSON.parse(line)).toEqual({
      ts: '2026-11-25T12:00:00.000Z',
      level: 'error',
      msg: 'a\nb\u0085',
      service: 'x\u202e',
      size: '5',
    })
  })
})

describe('levels', () => {
  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
  ] satisfies [LogLevel, LogLevel[]][])('from %s on', (level, expected) => {
    const lines = written({ level }, (logger) => {
      logger.debug('m')
      logger.info('m')
      logger.warn('m')
      logger.error('m')
    })
    const levels = lines.split('\n').map((line) => line.split('\t')[1])
    expect(levels).toEqual([...expected, undefined])
  })
})

describe('secrets', () => {
  it.each(['console', 'json'] satisfies LogEncoding[])('are masked in %s lines', (encoding) => {
    const secret = 'R0123456789ABCDEFGHIJKLMNOPQRSTU'
    const line = written({ encoding, secrets: [secret, ''] }, (logger) =>
      logger.error(`bad ${secret}`, { reason: `key ${secret} is unknown` }),
    )
    expect(line).not.toContain(secret)
    expect(line).toContain('bad [REDACTED]')
    expect(line).toContain('key [REDACTED] is unknown')
  })
})
