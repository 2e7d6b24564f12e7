import type { AlertFacts, HangKind } from '../../model/alert.ts'
import type { RuleDefinition } from './definition.ts'
import { NANO_PER_MS, toNano } from './event-time.ts'
import { mostFrequent } from './frequency.ts'
import type { Occurrence } from './occurrence.ts'

type HangFacts = Pick<
  AlertFacts,
  'evidence' | 'hangKinds' | 'open' | 'waitingMs' | 'oldestWaitingMs'
>

/** What a page says of hangs only, at the time of the page. */
export function hangFacts(
  { rule, epochMs }: RuleDefinition,
  occurrences: readonly Occurrence[],
  nowMs: number,
): HangFacts {
  const nowNano = toNano(nowMs, epochMs)
  const waits = occurrences.map((one) => waitedNano(one, nowNano))
  return {
    evidence: mostFrequent(occurrences.map(({ evidence }) => evidence)),
    hangKinds: mostFrequent(occurrences.map((one) => kindOf(one, nowNano))),
    open: occurrences.filter(({ open }) => open !== undefined).length,
    waitingMs: rule.waitingNano / NANO_PER_MS,
    // `Math.max(...)` would put up to 10,000 arguments on the stack.
    oldestWaitingMs: waits.reduce((most, wait) => Math.max(most, wait), 0) / NANO_PER_MS,
  }
}

/** Until the answer began, else until now. */
function waitedNano({ waitingNano, open }: Occurrence, nowNano: number): number {
  return open === undefined ? waitingNano : Math.min(waitingNano, nowNano - open.startNano)
}

/** undefined: it has ended. */
function kindOf({ start, open }: Occurrence, nowNano: number): HangKind | undefined {
  if (open === undefined) return undefined
  const { startNano, progressNano } = open
  if (progressNano === undefined) return 'no_first_token'
  // Idle for half of what makes it a hang. An override may have another waiting time than the rule.
  return nowNano - progressNano >= (start - startNano) / 2 ? 'stalled' : 'running'
}
