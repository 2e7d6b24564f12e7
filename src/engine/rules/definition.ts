import type { GroupValues } from '../../model/record.ts'
import type { RuleOptions, RulesOptions, ValueMatch } from '../../model/rule.ts'
import { NANO_PER_MS } from './event-time.ts'
import { compileMatch } from './value-match.ts'

/** Exact up to so many failures or hangs per group and window; more only if a threshold asks. */
const EXACT_UP_TO = 10_000

/** A rule as the stage works with it. */
export interface RuleDefinition {
  /** Position among the rules: the order of simultaneous changes. */
  readonly index: number
  readonly epochMs: number
  readonly stage: RulesOptions
  readonly rule: RuleOptions
  /** How many must count; one where the rule has only a ratio. */
  readonly needed: number
  readonly windowNano: number
  /** How long what counted is kept: a late request may complete a burst as old as this. */
  readonly historyMs: number
  readonly capacity: number
  applies(values: GroupValues): boolean
  /** The waiting time that makes a hang of a request with these values. */
  waitingNanoOf(values: GroupValues): number
  /** Two definitions with the same fingerprint fill their windows with the same. */
  readonly fingerprint: string
}

export function defineRule(stage: RulesOptions, index: number, epochMs: number): RuleDefinition {
  const rule = stage.rules[index]!
  const needed = rule.count ?? 1
  const overrides = rule.overrides.map(({ match, waitingNano }) => {
    return { matches: compileMatch(match), waitingNano }
  })
  return {
    index,
    epochMs,
    stage,
    rule,
    needed,
    windowNano: Math.round(rule.windowMs * NANO_PER_MS),
    // A burst found late may hold for one more window, and is looked up again meanwhile.
    historyMs: rule.windowMs + Math.max(rule.windowMs, stage.maxEventAgeMs),
    capacity: Math.max(EXACT_UP_TO, needed),
    applies: compileMatch(rule.match),
    waitingNanoOf(values) {
      return overrides.find(({ matches }) => matches(values))?.waitingNano ?? rule.waitingNano
    },
    fingerprint: fingerprintOf(stage, rule),
  }
}

/** Thresholds (count, ratio, `for`, `keep_firing_for`, severity) are not in it: they change freely. */
function fingerprintOf(stage: RulesOptions, rule: RuleOptions): string {
  const key = (at: number) => stage.groupKeys[at]
  const named = (match: ValueMatch) => match.map((test) => [key(test.key), test.patterns])
  const shared = [
    stage.selectionFingerprint,
    rule.on,
    rule.windowMs,
    rule.groupBy.map(key),
    named(rule.match),
  ]
  if (rule.on === 'failures') return JSON.stringify(shared)
  const overrides = rule.overrides.map(({ match, waitingNano }) => [named(match), waitingNano])
  return JSON.stringify([...shared, stage.hangingUntil, rule.waitingNano, overrides])
}
