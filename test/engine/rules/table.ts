import type { Rules } from '../../../src/engine/rules/contract.ts'
import { createRules } from '../../../src/engine/rules/rules.ts'
import type { AlertChange, AlertFacts } from '../../../src/model/alert.ts'
import type { KnownRequest } from '../../../src/model/record.ts'
import type { RulesOptions } from '../../../src/model/rule.ts'
import { EPOCH_MS } from './decided.ts'

/** Rules for tables of times in seconds after the epoch; changes as one line each. */
export interface Table {
  readonly rules: Rules
  /** One entry at a time. */
  take(atSeconds: number, ...requests: readonly KnownRequest[]): string[]
  /** One entry with one revision. */
  revise(
    atSeconds: number,
    before: KnownRequest | undefined,
    after: KnownRequest | undefined,
  ): string[]
  pass(untilSeconds: number): string[]
  /** The same rules, perhaps with other options, from a snapshot that went through JSON. */
  restart(options: RulesOptions, epochMs?: number): Table
  /** Of the last `firing`. */
  facts(): AlertFacts
}

export function createTable(options: RulesOptions): Table {
  return tableOf(createRules(options, EPOCH_MS))
}

export function ms(seconds: number): number {
  return EPOCH_MS + Math.round(seconds * 1000)
}

/** `firing KEY at SECONDS: COUNT`, `resolved KEY at SECONDS: recovered, peak P, total T`. */
function brief(change: AlertChange): string {
  const { dedupKey, firedAtMs } = change.episode
  if (change.kind === 'firing') {
    return `firing ${dedupKey} at ${toSeconds(firedAtMs)}: ${change.facts.count}`
  }
  const { resolvedAtMs, reason, peak, total } = change
  return `resolved ${dedupKey} at ${toSeconds(resolvedAtMs)}: ${reason}, peak ${peak}, total ${total}`
}

function toSeconds(timeMs: number): number {
  return (timeMs - EPOCH_MS) / 1000
}

function tableOf(rules: Rules): Table {
  let last: AlertFacts | undefined
  const show = (changes: readonly AlertChange[]) =>
    changes.map((change) => {
      if (change.kind === 'firing') last = change.facts
      return brief(change)
    })
  return {
    rules,
    take(atSeconds, ...requests) {
      for (const request of requests) rules.observe(undefined, request, ms(atSeconds))
      return show(rules.settle(ms(atSeconds)))
    },
    revise(atSeconds, before, after) {
      rules.observe(before, after, ms(atSeconds))
      return show(rules.settle(ms(atSeconds)))
    },
    pass: (untilSeconds) => show(rules.advanceTo(ms(untilSeconds))),
    restart(options, epochMs = EPOCH_MS) {
      return tableOf(createRules(options, epochMs, JSON.parse(JSON.stringify(rules.snapshot()))))
    },
    facts: () => last!,
  }
}
