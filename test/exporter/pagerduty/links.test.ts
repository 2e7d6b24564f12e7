import { describe, expect, it } from 'vitest'
import { LINK_PLACEHOLDERS, linksOf } from '../../../src/exporter/pagerduty/links.ts'
import type { LinkTemplate } from '../../../src/exporter/pagerduty/options.ts'
import { failing, FAILURE_FACTS, FIRED_AT_MS } from '../alerts.ts'

function links(templates: readonly LinkTemplate[], change = failing()) {
  return linksOf(templates, change.episode, change.facts)
}

describe('linksOf', () => {
  it('makes one link per sample trace, at most 5', () => {
    const sampleTraceIds = Array.from({ length: 7 }, (_, index) => `${index}`.repeat(32))
    const made = links([{ href: 'https://traces.example/{trace_id}' }], failing({ sampleTraceIds }))
    expect(made).toHaveLength(5)
    expect(made[1]).toEqual({
      href: `https://traces.example/${'1'.repeat(32)}`,
      text: `Trace ${'1'.repeat(32)}`,
    })
  })

  it('fills all placeholders, encoded in the address and plain in the text', () => {
    const href = `https://x.example/?${LINK_PLACEHOLDERS.map((name) => `${name}={${name}}`).join('&')}`
    const change = failing({ sampleTraceIds: ['a'.repeat(32)] })
    const [link] = links([{ href, text: '{rule} of {group}' }], change)
    expect(link?.text).toBe('failures of openai/gpt-4o')
    expect(Object.fromEntries(new URL(link?.href ?? '').searchParams)).toEqual({
      trace_id: 'a'.repeat(32),
      rule: 'failures',
      group: 'openai/gpt-4o',
      name: 'spanpager',
      service: 'llm-proxy',
      model: 'gpt-4o',
      provider: 'openai',
      first_seen_ms: String(FAILURE_FACTS.firstSeenMs),
      fired_at_ms: String(FIRED_AT_MS),
    })
    expect(link?.href).toContain('group=openai%2Fgpt-4o')
  })

  it('leaves other braces alone', () => {
    const href = 'https://x.example/explore?left={"q":"{unknown}"}'
    expect(links([{ href, text: 'Explore' }])).toEqual([{ href, text: 'Explore' }])
  })

  it('fills in nothing for what is not known', () => {
    expect(links([{ href: 'https://x.example/?m={model}' }], failing({ models: [] }))).toEqual([
      { href: 'https://x.example/?m=' },
    ])
  })

  it.each(['', '{model}', 'runbook', 'javascript:alert(1)', 'https://'])(
    'drops %j, which is no web address',
    (href) => {
      expect(links([{ href, text: 'x' }, { href: 'https://kept.example' }])).toHaveLength(1)
    },
  )

  it('drops a trace link when there is no sample, and survives half an emoji', () => {
    expect(links([{ href: 'https://x/{trace_id}' }], failing({ sampleTraceIds: [] }))).toEqual([])
    const group = [{ key: 'k', value: '\ud83d' }]
    expect(links([{ href: 'https://x.example/{group}' }], failing({}, { group }))).toEqual([
      { href: 'https://x.example/%EF%BF%BD' },
    ])
  })
})
