import type { EngineCounters } from '../model/engine.ts'

/** All counts at zero; those of hangs are kept by the rules, which give theirs. */
export function createCounters(
  hangs: Pick<EngineCounters, 'hangs' | 'hangsWithdrawn'> = {
    hangs: { announced: 0, lost: 0, ended: 0, inferred: 0 },
    hangsWithdrawn: { announced: 0, lost: 0, ended: 0, inferred: 0 },
  },
): EngineCounters {
  return {
    requests: { ok: 0, failed: 0, rejected: 0, canceled: 0 },
    revised: new Map(),
    hangs: hangs.hangs,
    hangsWithdrawn: hangs.hangsWithdrawn,
    duplicates: 0,
    late: 0,
    attemptsDropped: 0,
    decidedEarly: 0,
    idsForgotten: 0,
  }
}
