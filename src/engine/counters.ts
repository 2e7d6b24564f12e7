import type { EngineCounters } from '../model/engine.ts'

/** All counts at zero. */
export function createCounters(): EngineCounters {
  return {
    requests: { ok: 0, failed: 0, rejected: 0, canceled: 0 },
    revised: new Map(),
    hangs: { announced: 0, lost: 0, ended: 0, inferred: 0 },
    hangsWithdrawn: { announced: 0, lost: 0, ended: 0, inferred: 0 },
    duplicates: 0,
    late: 0,
    attemptsDropped: 0,
    decidedEarly: 0,
    idsForgotten: 0,
  }
}
