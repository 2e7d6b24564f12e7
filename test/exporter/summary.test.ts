import { describe, expect, it } from 'vitest'
import { groupText, summaryOf } from '../../src/exporter/summary.ts'
import type { AlertChange } from '../../src/model/alert.ts'
import { EPISODE, failing, hanging, resolved } from './alerts.ts'

const ROLL_UP = { rollUp: true, group: [] }

describe('summaryOf', () => {
  it.each<[string, AlertChange, string]>([
    [
      'failures',
      failing(),
      'openai/gpt-4o: 62 failed LLM requests in 60 s (threshold 60), mostly 529 overloaded',
    ],
    [
      'one failure',
      failing({ count: 1, threshold: 1, windowMs: 10_000, errorTypes: [], httpStatuses: [] }),
      'openai/gpt-4o: 1 failed LLM request in 10 s (threshold 1)',
    ],
    [
      'a full window',
      failing({ atLeast: true, errorTypes: [] }),
      'openai/gpt-4o: at least 62 failed LLM requests in 60 s (threshold 60), mostly 529',
    ],
    [
      'an error type that is the status',
      failing({ errorTypes: [{ value: '529', count: 50 }] }),
      'openai/gpt-4o: 62 failed LLM requests in 60 s (threshold 60), mostly 529',
    ],
    [
      'a status of the minority, which may belong to other failures',
      failing({ httpStatuses: [{ value: '529', count: 31 }] }),
      'openai/gpt-4o: 62 failed LLM requests in 60 s (threshold 60), mostly overloaded',
    ],
    [
      'no error type with a majority',
      failing({
        errorTypes: [
          { value: 'timeout', count: 31 },
          { value: 'overloaded', count: 31 },
        ],
        httpStatuses: [],
      }),
      'openai/gpt-4o: 62 failed LLM requests in 60 s (threshold 60), most often timeout (31)',
    ],
    [
      'no status with a majority',
      failing({ errorTypes: [], httpStatuses: [{ value: '504', count: 20 }] }),
      'openai/gpt-4o: 62 failed LLM requests in 60 s (threshold 60), most often 504 (20)',
    ],
    [
      'both thresholds',
      failing({ ratioThreshold: 0.25 }),
      'openai/gpt-4o: 62 failed LLM requests in 60 s (threshold 60), 31.3 % of 200 (threshold 25 %), mostly 529 overloaded',
    ],
    [
      'hangs',
      hanging(),
      'azure/gpt-4o: 14 LLM requests waited 60 s or more (threshold 10) in 600 s, longest 312 s',
    ],
    [
      'one hang of 100 ns',
      hanging({
        count: 1,
        threshold: 1,
        waitingMs: 0.0001,
        windowMs: 10_000,
        oldestWaitingMs: 210.4,
      }),
      'azure/gpt-4o: 1 LLM request waited 100 ns or more (threshold 1) in 10 s, longest 210 ms',
    ],
    [
      'hangs that have not ended',
      hanging({ open: 14, evidence: [{ value: 'announced', count: 14 }] }),
      'azure/gpt-4o: 14 LLM requests open for more than 60 s (threshold 10), oldest 312 s',
    ],
    [
      'open hangs, some of them lost',
      hanging({
        open: 14,
        evidence: [
          { value: 'announced', count: 11 },
          { value: 'lost', count: 3 },
        ],
      }),
      'azure/gpt-4o: 14 LLM requests open for more than 60 s (threshold 10), 3 of them lost, oldest 312 s',
    ],
    [
      'open hangs, all of them lost',
      hanging({ open: 14, evidence: [{ value: 'lost', count: 14 }] }),
      'azure/gpt-4o: 14 LLM requests open for more than 60 s (threshold 10), all of them lost, oldest 312 s',
    ],
    [
      'one open hang, which is lost',
      hanging({ count: 1, threshold: 1, open: 1, evidence: [{ value: 'lost', count: 1 }] }),
      'azure/gpt-4o: 1 LLM request open for more than 60 s (threshold 1), lost, oldest 312 s',
    ],
    [
      'hangs of which some have ended',
      hanging({
        open: 9,
        evidence: [
          { value: 'announced', count: 6 },
          { value: 'ended', count: 5 },
          { value: 'lost', count: 3 },
        ],
      }),
      'azure/gpt-4o: 14 LLM requests waited 60 s or more (threshold 10) in 600 s, 9 still open, 3 of them lost, longest 312 s',
    ],
    [
      'hangs of which the open one is lost',
      hanging({
        open: 1,
        evidence: [
          { value: 'ended', count: 13 },
          { value: 'lost', count: 1 },
        ],
      }),
      'azure/gpt-4o: 14 LLM requests waited 60 s or more (threshold 10) in 600 s, 1 still open, lost, longest 312 s',
    ],
    [
      'a roll-up',
      failing(
        {
          count: 412,
          errorTypes: [],
          httpStatuses: [],
          rolledUp: {
            groups: 18,
            worst: [
              { value: 'openai/gpt-4o', count: 40 },
              { value: 'azure/gpt-4o', count: 33 },
              { value: 'vertex_ai/gemini', count: 31 },
              { value: 'bedrock/claude', count: 30 },
            ],
          },
        },
        ROLL_UP,
      ),
      '18 more groups: 412 failed LLM requests in 60 s (threshold 60), worst openai/gpt-4o (40), azure/gpt-4o (33), vertex_ai/gemini (31)',
    ],
    [
      'a roll-up of one',
      hanging({ rolledUp: { groups: 1, worst: [] } }, ROLL_UP),
      '1 more group: 14 LLM requests waited 60 s or more (threshold 10) in 600 s, longest 312 s',
    ],
    [
      'the end of a roll-up',
      resolved({}, ROLL_UP),
      'more groups: recovered after 312 s, at most 80 failed LLM requests at once, 240 in all',
    ],
    [
      'a rule over all requests',
      failing({ errorTypes: [], httpStatuses: [] }, { group: [], name: 'prod-eu' }),
      'prod-eu: 62 failed LLM requests in 60 s (threshold 60)',
    ],
    [
      'recovery',
      resolved(),
      'openai/gpt-4o: recovered after 312 s, at most 80 failed LLM requests at once, 240 in all',
    ],
    [
      'the end of traffic',
      resolved({ reason: 'no_traffic', peak: 1, total: 1 }, { ruleKind: 'hangs' }),
      'openai/gpt-4o: no more requests, closed after 312 s, at most 1 hanging LLM request at once, 1 in all',
    ],
    [
      'a removed rule',
      resolved({ reason: 'rule_removed' }),
      'openai/gpt-4o: rule removed, closed after 312 s, at most 80 failed LLM requests at once, 240 in all',
    ],
  ])('%s', (_name, change, summary) => {
    expect(summaryOf(change, false)).toBe(summary)
  })

  it('of a ratio rule gives share and threshold', () => {
    const { threshold: _none, ...facts } = failing({
      count: 25,
      requests: 80,
      ratioThreshold: 0.25,
    }).facts
    const change = { ...failing(), facts }
    expect(summaryOf(change, false)).toBe(
      'openai/gpt-4o: 25 of 80 LLM requests failed in 60 s (31.3 %, threshold 25 %), mostly 529 overloaded',
    )
  })

  it.each([
    [0, 'azure/gpt-4o: 14 LLM requests waited too long (threshold 10) in 600 s, longest 312 s'],
    [14, 'azure/gpt-4o: 14 LLM requests open for too long (threshold 10), oldest 312 s'],
  ])('of hangs without a waiting time is whole too, %d open', (open, summary) => {
    const change = hanging({ open })
    const { waitingMs: _none, ...facts } = change.facts
    expect(summaryOf({ ...change, facts }, false)).toBe(summary)
  })

  it('marks a late page as cleared, behind the group', () => {
    expect(summaryOf(failing(), true)).toBe(
      'openai/gpt-4o: cleared: 62 failed LLM requests in 60 s (threshold 60), mostly 529 overloaded',
    )
  })

  it.each([
    ['failures', failing({ count: 123_456, atLeast: true })],
    ['hangs', hanging({ count: 123_456, atLeast: true })],
    ['open hangs', hanging({ count: 123_456, atLeast: true, open: 123_456 })],
  ])(
    'has count and threshold of %s in its first 100 characters, however long the group',
    (_, change) => {
      const long = `models/${'very-long-'.repeat(100)}2024-08-06`
      const group = [{ key: 'gen_ai.request.model', value: long }]
      const summary = summaryOf({ ...change, episode: { ...change.episode, group } }, false)
      const seen = summary.slice(0, 100)
      expect(seen).toMatch(/^models\/very-lo/)
      expect(seen).toContain('at least 123456')
      expect(seen).toContain(`(threshold ${change.facts.threshold})`)
      expect(seen).toContain('2024-08-06: ')
    },
  )

  it('is one line without e-mails or keys, whatever the values', () => {
    const change = failing(
      { errorTypes: [{ value: 'x'.repeat(5000), count: 62 }] },
      { group: [{ key: 'team', value: 'jane@example.com\nsk-secret123' }] },
    )
    const summary = summaryOf(change, false)
    expect(summary).toMatch(/^\(e-mail\) \(key\): 62 failed/)
    expect(summary.length).toBeLessThan(300)
  })
})

describe('groupText', () => {
  it('joins the values', () => {
    expect(groupText(EPISODE)).toBe('openai/gpt-4o')
    expect(groupText({ ...EPISODE, group: [] })).toBe('')
  })
})
