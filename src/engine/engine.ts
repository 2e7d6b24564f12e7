import type { AlertChange } from '../model/alert.ts'
import type { Engine, EngineNotice } from '../model/engine.ts'
import type { KnownRequest } from '../model/record.ts'
import type { RequestsOptions, RulesOptions } from '../model/rule.ts'
import { createCounters } from './counters.ts'
import { Requests } from './requests/requests.ts'
import type { RequestsSnapshot } from './requests/snapshot.ts'
import { createRules } from './rules/rules.ts'

/** Nobody need ask for notices: more than that are not kept. */
const MAX_NOTICES = 100

export interface EngineOptions {
  readonly requests: RequestsOptions
  readonly rules: RulesOptions
  /** Any number senders do not know; results do not depend on it. */
  readonly hashSeed: number
}

/** What {@link Engine.snapshot} returns. */
export interface EngineSnapshot {
  readonly version: 1
  readonly epochMs: number
  readonly nowMs: number
  readonly requests: RequestsSnapshot
  readonly rules: unknown
}

/**
 * Joins the two stages: what `requests` decides, `rules` observes; time passes in both in the order
 * in which things fall due. `startMs` becomes the epoch of a new engine; a snapshot brings its own.
 */
export function createEngine(
  options: EngineOptions,
  startMs: number,
  snapshot?: EngineSnapshot,
): Engine {
  const epochMs = snapshot?.epochMs ?? startMs
  const rules = createRules(options.rules, epochMs, snapshot?.rules)
  const counters = createCounters(rules.counters)
  const requests = new Requests(
    {
      options: options.requests,
      epochMs,
      hashSeed: options.hashSeed,
      counters,
      notice: (notice) => {
        if (notices.length < MAX_NOTICES) notices.push(notice)
      },
      observe,
    },
    snapshot?.requests,
  )
  let nowMs = snapshot?.nowMs ?? startMs
  let notices: EngineNotice[] = []

  function observe(
    before: KnownRequest | undefined,
    after: KnownRequest | undefined,
    atMs: number,
  ): void {
    if (before?.state === 'ended') {
      const to = after?.state === 'ended' ? after.outcome : 'attempt'
      const revision = `${before.outcome}>${to}`
      if (before.outcome !== to) {
        counters.revised.set(revision, (counters.revised.get(revision) ?? 0) + 1)
      }
    } else if (after?.state === 'ended') {
      counters.requests[after.outcome] += 1
      if (after.late) counters.late += 1
    }
    rules.observe(before, after, atMs)
  }

  function advanceTo(timeMs: number): AlertChange[] {
    const changes: AlertChange[] = []
    for (
      let dueMs = requests.nextDueMs();
      dueMs !== undefined && dueMs <= timeMs;
      dueMs = requests.nextDueMs()
    ) {
      // What was late from the start, an old span announced first now, is due at once.
      const atMs = Math.max(dueMs, nowMs)
      changes.push(...rules.advanceTo(atMs))
      requests.decideDue(atMs)
      changes.push(...rules.settle(atMs))
    }
    changes.push(...rules.advanceTo(timeMs))
    nowMs = Math.max(nowMs, timeMs)
    return changes
  }

  return {
    counters,
    advanceTo,
    apply(entry) {
      if (entry.kind === 'tick' && entry.reason !== 'due') {
        // What was silent until now was us.
        if (entry.reason === 'started') rules.restarted(entry.timeMs)
        requests.restartLeases(entry.timeMs)
      }
      const changes = advanceTo(entry.timeMs)
      if (entry.kind === 'records') {
        requests.apply(entry, nowMs)
        changes.push(...rules.settle(nowMs))
      }
      return changes
    },
    nextWakeMs() {
      const dueMs = requests.nextDueMs()
      const wakeMs = rules.nextWakeMs()
      if (dueMs === undefined || wakeMs === undefined) return dueMs ?? wakeMs
      return Math.min(dueMs, wakeMs)
    },
    waitsFor: (t0, t1, t2, t3, s0, s1) => requests.waitsFor(t0, t1, t2, t3, s0, s1),
    status: () => rules.status(nowMs),
    takeNotices() {
      const taken = notices
      notices = []
      return taken
    },
    snapshot: (): EngineSnapshot => ({
      version: 1,
      epochMs,
      nowMs,
      requests: requests.snapshot(),
      rules: rules.snapshot(),
    }),
  }
}
