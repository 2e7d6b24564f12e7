import { describe, expect, it } from 'vitest'
import { alertLine, createDebugExporter } from '../../../src/exporter/debug/exporter.ts'
import { eventOf, failing, resolved } from '../alerts.ts'

describe('createDebugExporter', () => {
  it('writes one line per alert change and delivers it', async () => {
    const lines: string[] = []
    const exporter = createDebugExporter({ write: (line) => lines.push(line) })
    await exporter.start()
    const signal = new AbortController().signal
    expect(await exporter.attempt(eventOf(failing()), signal)).toEqual({ kind: 'delivered' })
    expect(await exporter.attempt(eventOf(resolved()), signal)).toEqual({ kind: 'delivered' })
    await exporter.shutdown(signal)
    expect(lines).toEqual([
      '2026-11-25T10:00:05.000Z firing critical failures openai/gpt-4o: 62 failed LLM requests in 60 s (threshold 60), mostly 529 overloaded [spanpager/failures/openai/gpt-4o]',
      '2026-11-25T10:05:17.000Z resolved critical failures openai/gpt-4o: recovered after 312 s, at most 80 failed LLM requests at once, 240 in all [spanpager/failures/openai/gpt-4o]',
    ])
  })
})

describe('alertLine', () => {
  it('stays one line, whatever the values, and marks late pages', () => {
    const group = [{ key: 'service.name', value: 'a\nb' }]
    const line = alertLine(
      eventOf(failing({}, { group, rule: 'x\ny', firedAtMs: Number.NaN }), true),
    )
    expect(line).toMatch(/^unknown time firing critical x y a b: cleared: 62 failed/)
    expect(line).not.toContain('\n')
  })
})
