import type { EngineCounters, RulesCounters } from '../model/engine.ts'

/** All counts at zero, but for those that the rules keep. */
export function createCounters(rules: RulesCounters): EngineCounters {
  return {
    rules,
    open: {
      open: { announced: 0, lost: 0, leaked: 0, inferred: 0 },
      instancesLost: 0,
      spansOfLostInstances: 0,
      leaked: 0,
      faults: {
        absurd_age: 0,
        future_start: 0,
        closed_unknown: 0,
        trace_full: 0,
        service_full: 0,
        full: 0,
      },
      inferred: 0,
      inferredWrongly: 0,
      inferenceGivenUp: 0,
    },
    requests: { ok: 0, failed: 0, rejected: 0, canceled: 0 },
    revised: new Map(),
    duplicates: 0,
    late: 0,
    attemptsDropped: 0,
    decidedEarly: 0,
    idsForgotten: 0,
  }
}

export function createRulesCounters(): RulesCounters {
  return {
    hangs: { announced: 0, lost: 0, ended: 0, inferred: 0 },
    hangsWithdrawn: { announced: 0, lost: 0, ended: 0, inferred: 0 },
    overflowed: 0,
    givenUp: 0,
  }
}
