import type { AlertChange } from '../../../src/model/alert.ts'
import type { DecidedRequest, GroupValues } from '../../../src/model/record.ts'
import type { RuleOptions, RulesOptions } from '../../../src/model/rule.ts'

/**
 * The rules, the slow and obvious way: at every ms everything is worked out anew from the list of all
 * requests. No windows that move, no wakes, no snapshots, no bound on groups. Counts of good requests
 * are taken per ms, which is what windows under 120 ms do.
 */

export interface Observation {
  readonly before?: DecidedRequest | undefined
  readonly after?: DecidedRequest | undefined
}

export interface Entry {
  readonly atMs: number
  readonly observations: readonly Observation[]
}

interface Hit {
  readonly start: number
  readonly end: number
  readonly id: string
  readonly fresh: boolean
  readonly counted: boolean
}

interface ModelGroup {
  readonly key: string
  readonly label: string
  requests: DecidedRequest[]
  /** Ids of requests that count for nothing but the current window any more. */
  used: Set<string>
  fresh: Set<string>
  counted: Set<string>
  lastRequestMs: number
  state: 'inactive' | 'pending' | 'firing' | 'recovering'
  sinceMs: number
  late: number | undefined
  completed: boolean
  lagMs: number
  flaps: number
  resolvedMs: number
  place: 'own' | 'rolled' | undefined
  peak: number
  total: number
}

/** What is compared: an alert change without its texts. */
export type Seen =
  | {
      kind: 'firing'
      key: string
      atMs: number
      count: number
      requests: number
      firstSeenMs: number
      lagMs: number
      rolledUp: number
    }
  | { kind: 'resolved'; key: string; atMs: number; peak: number; total: number; reason: string }

export function seen(change: AlertChange): Seen {
  const key = change.episode.dedupKey
  if (change.kind === 'resolved') {
    const { resolvedAtMs, peak, total, reason } = change
    return { kind: 'resolved', key, atMs: resolvedAtMs, peak, total, reason }
  }
  const { facts } = change
  return {
    kind: 'firing',
    key,
    atMs: change.episode.firedAtMs,
    count: facts.count,
    requests: facts.requests,
    firstSeenMs: facts.firstSeenMs,
    lagMs: facts.detectionLagMs,
    rolledUp: facts.rolledUp?.groups ?? 0,
  }
}

export function runModel(
  options: RulesOptions,
  rule: RuleOptions,
  epochMs: number,
  entries: readonly Entry[],
  untilMs: number,
): Seen[] {
  const groups = new Map<string, ModelGroup>()
  const changes: Seen[] = []
  const lengthNano = rule.windowMs * 1e6
  const rollUp = { open: false, peak: 0, total: 0 }
  const nano = (ms: number) => (ms - epochMs) * 1e6
  const floor = (at: number) => epochMs + Math.floor(at / 1e6)
  const idOf = (request: DecidedRequest) => request.traceId + request.spanId

  function hit(group: ModelGroup, request: DecidedRequest): Hit[] {
    const id = idOf(request)
    const flags = { id, fresh: group.fresh.has(id), counted: group.counted.has(id) }
    if (rule.on === 'failures') {
      if (request.outcome !== 'failed') return []
      return [{ start: request.endNano, end: request.endNano, ...flags }]
    }
    const unknown = request.firstChunkNano < 0
    if (options.hangingUntil === 'first_chunk') {
      if (unknown && request.stream && request.outcome === 'ok') return []
    }
    const firstChunk = options.hangingUntil === 'first_chunk' && !unknown
    const waited = firstChunk ? request.firstChunkNano : request.durationNano
    if (waited < rule.waitingNano) return []
    const startNano = request.endNano - request.durationNano
    return [{ start: startNano + rule.waitingNano, end: startNano + waited, ...flags }]
  }
  const hits = (group: ModelGroup): Hit[] =>
    group.requests.flatMap((one) => (group.used.has(idOf(one)) ? [] : hit(group, one)))
  const meets = (one: Hit, at: number) => one.start <= at && one.end > at - lengthNano
  const countAt = (group: ModelGroup, at: number) =>
    hits(group).filter((one) => meets(one, at)).length
  function traffic(group: ModelGroup, atMs: number, outcome: string): number {
    return group.requests.filter((one) => {
      const endMs = floor(one.endNano)
      return one.outcome === outcome && endMs <= atMs && endMs + 1 > atMs - rule.windowMs
    }).length
  }
  function holdsAt(group: ModelGroup, at: number): boolean {
    if (countAt(group, at) < (rule.count ?? 1)) return false
    if (rule.ratio === undefined) return true
    const bad = traffic(group, floor(at), 'failed')
    const all = bad + traffic(group, floor(at), 'ok')
    return all >= rule.minRequests && bad / all >= rule.ratio
  }
  const lateHolds = (group: ModelGroup, ms: number) =>
    group.late !== undefined && group.late + lengthNano > nano(ms)
  const holds = (group: ModelGroup, ms: number) => lateHolds(group, ms) || holdsAt(group, nano(ms))
  const evidenceAt = (group: ModelGroup, ms: number) =>
    holdsAt(group, nano(ms)) ? nano(ms) : group.late!

  function update(group: ModelGroup, ms: number): void {
    if (group.late !== undefined && !holdsAt(group, group.late)) group.late = undefined
    group.completed = false
    if (!holdsAt(group, nano(ms))) {
      const all = hits(group)
      const found = all
        .map((one) => one.end)
        .filter((at) => all.some((one) => one.fresh && meets(one, at)) && holdsAt(group, at))
        // Of good requests, ten windows are remembered.
        .filter((at) => rule.ratio === undefined || floor(at) > ms - 9 * rule.windowMs)
      if (found.length > 0) {
        group.completed = true
        group.late = Math.max(...found, group.late ?? -Infinity)
      }
    }
    group.fresh.clear()
  }

  function enter(group: ModelGroup, state: ModelGroup['state'], ms: number): void {
    group.state = state
    group.sinceMs = ms
  }
  const okSince = (group: ModelGroup) =>
    group.requests.some((one) => one.outcome === 'ok' && one.endNano > nano(group.sinceMs))
  function mayResolve(group: ModelGroup, ms: number): boolean {
    const { keepFiringForMs } = rule
    const kept = Math.min(
      keepFiringForMs * 2 ** group.flaps,
      Math.max(keepFiringForMs, 30 * 60_000),
    )
    if (ms < group.sinceMs + kept) return false
    return okSince(group) || ms >= group.lastRequestMs + options.noTrafficResolveAfterMs
  }
  function fire(group: ModelGroup, ms: number): void {
    const flapping = options.flapWindowMs > 0 && ms - group.resolvedMs <= options.flapWindowMs
    group.flaps = flapping ? group.flaps + 1 : 0
    enter(group, holds(group, ms) ? 'firing' : 'recovering', ms)
  }
  /** One step; says what came of it. */
  function step(group: ModelGroup, ms: number): 'fired' | 'resolved' | 'moved' | undefined {
    const now = holds(group, ms)
    const { completed } = group
    group.completed = false
    if (group.place !== undefined) group.peak = Math.max(group.peak, countAt(group, nano(ms)))
    const newest = () =>
      Math.max(
        ...hits(group).flatMap((one) => (meets(one, evidenceAt(group, ms)) ? [one.end] : [])),
      )
    switch (group.state) {
      case 'inactive':
        if (!now && !completed) return undefined
        group.lagMs = ms - floor(newest())
        if (rule.forMs === 0) {
          fire(group, ms)
          return 'fired'
        }
        if (now) enter(group, 'pending', ms)
        return now ? 'moved' : undefined
      case 'pending':
        if (!now) {
          enter(group, 'inactive', ms)
          return 'moved'
        }
        if (ms < group.sinceMs + rule.forMs) return undefined
        fire(group, ms)
        return 'fired'
      case 'firing':
        if (now) return undefined
        enter(group, 'recovering', ms)
        return 'moved'
      case 'recovering':
        if (now || completed) {
          enter(group, now ? 'firing' : 'recovering', ms)
          return 'moved'
        }
        return mayResolve(group, ms) ? 'resolved' : undefined
    }
  }

  function resolve(group: ModelGroup, ms: number): void {
    const reason = okSince(group) ? 'recovered' : 'no_traffic'
    const { peak, total } = group
    for (const one of hits(group)) if (one.end <= nano(ms) - lengthNano) group.used.add(one.id)
    group.counted.clear()
    group.resolvedMs = ms
    enter(group, 'inactive', ms)
    const { place } = group
    group.place = undefined
    if (place === 'own') {
      changes.push({ kind: 'resolved', key: group.label, atMs: ms, peak, total, reason })
      return
    }
    rollUp.peak += peak
    rollUp.total += total
    if ([...groups.values()].some((one) => one.place === 'rolled')) return
    rollUp.open = false
    const sums = { peak: rollUp.peak, total: rollUp.total }
    changes.push({ kind: 'resolved', key: rollUpLabel, atMs: ms, ...sums, reason })
  }
  const rollUpLabel = `${options.name}/${rule.name}/(roll-up)`

  function begin(fired: ModelGroup[], ms: number): void {
    const evidence = fired
      .map((group) => {
        const at = evidenceAt(group, ms)
        const counted = hits(group).filter((one) => meets(one, at))
        const atMs = floor(at)
        const requests = traffic(group, atMs, 'ok') + traffic(group, atMs, 'failed')
        return { group, counted, requests }
      })
      .sort((a, b) => b.counted.length - a.counted.length)
    let own = [...groups.values()].filter((one) => one.place === 'own').length
    const beyond: typeof evidence = []
    const show = (key: string, some: typeof evidence, rolledUp: number) => {
      changes.push({
        kind: 'firing',
        key,
        atMs: ms,
        count: some.reduce((sum, one) => sum + one.counted.length, 0),
        requests: some.reduce((sum, one) => sum + one.requests, 0),
        firstSeenMs: floor(
          Math.min(...some.flatMap((one) => one.counted.map(({ start }) => start))),
        ),
        lagMs: Math.max(...some.map((one) => one.group.lagMs)),
        rolledUp,
      })
    }
    for (const one of evidence) {
      const current = hits(one.group).filter((other) => meets(other, nano(ms)))
      one.group.peak = Math.max(one.counted.length, current.length)
      one.group.counted = new Set([...one.counted, ...current].map(({ id }) => id))
      one.group.total = one.group.counted.size
      one.group.place = own < options.maxIncidents ? 'own' : 'rolled'
      if (own < options.maxIncidents) show(one.group.label, [one], 0)
      else beyond.push(one)
      own += 1
    }
    if (beyond.length > 0 && !rollUp.open) {
      Object.assign(rollUp, { open: true, peak: 0, total: 0 })
      show(rollUpLabel, beyond, beyond.length)
    }
  }

  function settle(ms: number): void {
    for (;;) {
      const all = [...groups.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
      const moved = all.map((group) => ({ group, what: step(group, ms) }))
      for (const { group, what } of moved) if (what === 'resolved') resolve(group, ms)
      begin(
        moved.flatMap(({ group, what }) => (what === 'fired' ? [group] : [])),
        ms,
      )
      if (moved.every(({ what }) => what === undefined)) return
    }
  }

  function groupOf(values: GroupValues, ms: number): ModelGroup {
    const parts = rule.groupBy.map((at) => values[at])
    const key = JSON.stringify(parts)
    const label = [options.name, rule.name, ...parts.map((part) => part ?? '(none)')].join('/')
    const group = groups.get(key) ?? {
      key,
      label,
      requests: [],
      used: new Set(),
      fresh: new Set(),
      counted: new Set(),
      lastRequestMs: ms,
      state: 'inactive',
      sinceMs: ms,
      late: undefined,
      completed: false,
      lagMs: 0,
      flaps: 0,
      resolvedMs: -Infinity,
      place: undefined,
      peak: 0,
      total: 0,
    }
    groups.set(key, group)
    return group
  }

  function observe({ before, after }: Observation, ms: number): void {
    if (before !== undefined && !before.late) {
      const group = groupOf(before.group, ms)
      const id = idOf(before)
      group.requests = group.requests.filter((one) => idOf(one) !== id)
      if (group.counted.delete(id) && group.place !== undefined) group.total -= 1
      group.fresh.delete(id)
      group.used.delete(id)
    }
    if (after === undefined) return
    const group = groupOf(after.group, ms)
    if (before === undefined) group.lastRequestMs = ms
    if (after.late) return
    group.requests.push(after)
    if (hit(group, after).length === 0) return
    group.fresh.add(idOf(after))
    if (group.place === undefined) return
    group.counted.add(idOf(after))
    group.total += 1
  }

  for (let ms = epochMs; ms <= untilMs; ms += 1) {
    settle(ms)
    for (const entry of entries.filter(({ atMs }) => atMs === ms)) {
      for (const observation of entry.observations) observe(observation, ms)
      for (const group of groups.values()) update(group, ms)
      settle(ms)
    }
  }
  return changes
}
