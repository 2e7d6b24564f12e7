import type { AlertChange, HangEvidence, HangKind } from '../../../src/model/alert.ts'
import type { RulesCounters } from '../../../src/model/engine.ts'
import type { GroupValues, KnownRequest, OpenRequest } from '../../../src/model/record.ts'
import type { RuleOptions, RulesOptions } from '../../../src/model/rule.ts'

/**
 * The rules, the slow and obvious way: at every ms everything is worked out anew from the list of all
 * requests. No windows that move, no wakes, no snapshots, no bound on groups. Counts of good requests
 * are taken per ms, which is what windows under 120 ms do.
 */

export interface Observation {
  readonly before?: KnownRequest | undefined
  readonly after?: KnownRequest | undefined
}

export interface Entry {
  readonly atMs: number
  readonly observations: readonly Observation[]
}

interface Hit {
  readonly start: number
  readonly end: number
  readonly id: string
  /** undefined: it has ended. */
  readonly open: OpenRequest | undefined
  /** From the start of the request to its answer; Infinity = there is none yet. */
  readonly waited: number
  readonly threshold: number
}

type HangCounters = Pick<RulesCounters, 'hangs' | 'hangsWithdrawn'>

interface ModelGroup {
  readonly key: string
  readonly label: string
  requests: KnownRequest[]
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
      open: number
      /** How many of each, sorted. */
      evidence: string[]
      hangKinds: string[]
      oldestWaitingMs: number
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
    open: facts.open,
    evidence: facts.evidence.map(({ value, count }) => `${count} ${value}`).sort(),
    hangKinds: facts.hangKinds.map(({ value, count }) => `${count} ${value}`).sort(),
    oldestWaitingMs: facts.oldestWaitingMs ?? 0,
  }
}

function frequencies(values: readonly string[]): string[] {
  const counts = Map.groupBy(values, (value) => value)
  return Array.from(counts, ([value, same]) => `${same.length} ${value}`).sort()
}

export function runModel(
  options: RulesOptions,
  rule: RuleOptions,
  epochMs: number,
  entries: readonly Entry[],
  untilMs: number,
): { changes: Seen[]; counters: HangCounters } {
  const groups = new Map<string, ModelGroup>()
  const changes: Seen[] = []
  const lengthNano = rule.windowMs * 1e6
  const rollUp = { open: false, peak: 0, total: 0 }
  const nano = (ms: number) => (ms - epochMs) * 1e6
  const floor = (at: number) => epochMs + Math.floor(at / 1e6)
  const idOf = (request: KnownRequest) => request.traceId + request.spanId
  const none = () => ({ announced: 0, lost: 0, ended: 0, inferred: 0 })
  const counters: HangCounters = { hangs: none(), hangsWithdrawn: none() }
  /** Hangs by what they were counted as. */
  const countedAs = new Map<string, HangEvidence>()
  /** Hangs that were open when they became known. */
  const wereOpen = new Set<string>()
  /** Ended requests that had been announced as hangs. */
  const announced = new Set<string>()

  function waitingOf(values: GroupValues): number {
    const override = rule.overrides.find(({ match }) =>
      match.every(({ key, patterns }) => patterns.some((pattern) => pattern === values[key])),
    )
    return override?.waitingNano ?? rule.waitingNano
  }
  /** How long an answer was, or is, waited for; -1 = it cannot be told. */
  function waitedFor(request: KnownRequest): number {
    const { firstChunkNano } = request
    const asksChunk = options.hangingUntil === 'first_chunk'
    if (asksChunk && firstChunkNano >= 0) {
      return request.state === 'open'
        ? firstChunkNano
        : Math.min(firstChunkNano, request.durationNano)
    }
    if (request.state === 'open') {
      const begun = asksChunk && request.progressNano !== -1
      return begun ? request.progressNano - request.startNano : Infinity
    }
    const mayHaveStreamed = asksChunk && request.stream && request.outcome === 'ok'
    return mayHaveStreamed ? -1 : request.durationNano
  }
  function hit(request: KnownRequest): Hit[] {
    const id = idOf(request)
    const open = request.state === 'open' ? request : undefined
    const threshold = waitingOf(request.group)
    if (rule.on === 'failures') {
      if (request.state === 'open' || request.outcome !== 'failed') return []
      return [{ start: request.endNano, end: request.endNano, id, open, waited: 0, threshold }]
    }
    const waited = waitedFor(request)
    const startNano =
      request.state === 'open' ? request.startNano : request.endNano - request.durationNano
    const start = startNano + threshold
    const end = Math.min(startNano + waited, open?.lostNano ?? Infinity)
    if (waited < threshold || start >= end + lengthNano) return []
    return [{ start, end, id, open, waited, threshold }]
  }
  const hits = (group: ModelGroup): Hit[] =>
    group.requests.flatMap((one) => (group.used.has(idOf(one)) ? [] : hit(one)))
  const meets = (one: Hit, at: number) => one.start <= at && one.end > at - lengthNano
  const countAt = (group: ModelGroup, at: number) =>
    hits(group).filter((one) => meets(one, at)).length
  function traffic(group: ModelGroup, atMs: number, outcome: string): number {
    return group.requests.filter((one) => {
      if (one.state === 'open' || one.late) return false
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

  /** How old a burst may be that becomes known. */
  const lookBackMs = Math.max(rule.windowMs, options.maxEventAgeMs)
  function update(group: ModelGroup, ms: number): void {
    if (!lateHolds(group, ms) || !holdsAt(group, group.late!)) group.late = undefined
    group.completed = false
    if (!holdsAt(group, nano(ms))) {
      const all = hits(group)
      const found = all
        .map((one) => one.end)
        .filter((at) => at <= nano(ms) && at >= nano(ms - lookBackMs))
        .filter((at) => all.some((one) => group.fresh.has(one.id) && meets(one, at)))
        .filter((at) => holdsAt(group, at))
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
    group.requests.some(
      (one) =>
        one.state === 'ended' &&
        !one.late &&
        one.outcome === 'ok' &&
        one.endNano > nano(group.sinceMs),
    )
  function mayResolve(group: ModelGroup, ms: number): boolean {
    const { keepFiringForMs } = rule
    const kept = Math.min(
      keepFiringForMs * 2 ** group.flaps,
      Math.max(keepFiringForMs, 30 * 60_000),
    )
    if (ms < group.sinceMs + kept) return false
    if (okSince(group)) return true
    const silent = hits(group).every((one) => one.end < Infinity)
    return silent && ms >= group.lastRequestMs + options.noTrafficResolveAfterMs
  }
  function fire(group: ModelGroup, ms: number): void {
    const flapping = options.flapWindowMs > 0 && ms - group.resolvedMs <= options.flapWindowMs
    group.flaps = flapping ? group.flaps + 1 : 0
    enter(group, holds(group, ms) ? 'firing' : 'recovering', ms)
  }
  function countOnce(group: ModelGroup, id: string): void {
    if (group.counted.has(id)) return
    group.counted.add(id)
    group.total += 1
  }
  function evidenceOf({ open, id }: Hit): HangEvidence {
    return open?.evidence ?? (announced.has(id) ? 'announced' : 'ended')
  }
  function kindOf({ open, threshold }: Hit, ms: number): HangKind[] {
    if (open === undefined) return []
    const signs = [
      ...(open.firstChunkNano >= 0 ? [open.startNano + open.firstChunkNano] : []),
      ...(open.progressNano === -1 ? [] : [open.progressNano]),
    ]
    if (signs.length === 0) return ['no_first_token']
    return [nano(ms) - Math.max(...signs) >= threshold / 2 ? 'stalled' : 'running']
  }
  function oldestWait(some: readonly Hit[], ms: number): number {
    const waits = some.map(({ open, waited }) =>
      open === undefined ? waited : Math.min(waited, nano(ms) - open.startNano),
    )
    return Math.max(...waits) / 1e6
  }
  /** One step; says what came of it. */
  function step(group: ModelGroup, ms: number): 'fired' | 'resolved' | 'moved' | undefined {
    const now = holds(group, ms)
    const { completed } = group
    group.completed = false
    if (group.place !== undefined) {
      group.peak = Math.max(group.peak, countAt(group, nano(ms)))
      for (const one of hits(group)) if (meets(one, nano(ms))) countOnce(group, one.id)
    }
    /** When what decides was known. */
    const decisive = () => {
      const some = hits(group).filter((one) => meets(one, evidenceAt(group, ms)))
      const known = some.map((one) => (one.open ? one.start : one.end)).sort((a, b) => a - b)
      return some.some((one) => one.open) ? known[(rule.count ?? 1) - 1]! : known.at(-1)!
    }
    switch (group.state) {
      case 'inactive':
        if (!now && !completed) return undefined
        group.lagMs = ms - floor(decisive())
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
      const all = rule.on === 'hangs' ? some.flatMap(({ counted }) => counted) : []
      changes.push({
        open: all.filter(({ open }) => open !== undefined).length,
        evidence: frequencies(all.map(evidenceOf)),
        hangKinds: frequencies(all.flatMap((one) => kindOf(one, ms))),
        oldestWaitingMs: rule.on === 'hangs' ? oldestWait(all, ms) : 0,
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

  const concerns = (request: KnownRequest) => rule.on === 'hangs' || request.state === 'ended'

  function observe({ before, after }: Observation, ms: number): void {
    const id = idOf((after ?? before)!)
    const gone = after === undefined && before?.state === 'open' && before.evidence !== 'inferred'
    const was = before === undefined || !concerns(before) ? undefined : takeBack(before, gone, ms)
    const becomes = after === undefined || !concerns(after) ? undefined : after
    const wasOpen = rule.on === 'hangs' && (before?.state === 'open' || wereOpen.has(id))
    const ignored = becomes?.state === 'ended' && becomes.late && !wasOpen
    const now = becomes === undefined || ignored ? [] : hit(becomes)
    if (gone) countedAs.delete(id)
    if (rule.on === 'hangs') noteHang(id, becomes, now, ms)
    if (now.length === 0) wereOpen.delete(id)
    else if (before?.state === 'open' || after?.state === 'open') wereOpen.add(id)
    if (becomes === undefined) return
    const group = groupOf(becomes.group, ms)
    if (before?.state !== 'ended') group.lastRequestMs = ms
    if (ignored) return
    group.requests.push(becomes)
    const [one] = now
    if (one === undefined) return
    if (becomes.state === 'ended' && was?.announced === true) announced.add(id)
    if (was?.group !== group || one.end > was.end) {
      if (becomes.state === 'open' || !becomes.late) group.fresh.add(id)
      if (group.place !== undefined && one.start <= nano(ms)) countOnce(group, id)
      return
    }
    // The same as before, or less of it.
    if (was.used) group.used.add(id)
    if (was.fresh) group.fresh.add(id)
    if (was.counted) countOnce(group, id)
  }

  function takeBack(before: KnownRequest, gone: boolean, ms: number) {
    const id = idOf(before)
    const group = groupOf(before.group, ms)
    if (before.state === 'open') group.lastRequestMs = ms
    group.requests = group.requests.filter((one) => idOf(one) !== id)
    const counted = group.counted.delete(id)
    if (counted && !gone) group.total -= 1
    const [fresh, used] = [group.fresh.delete(id), group.used.delete(id)]
    const [one] = hit(before)
    const wasAnnounced = announced.delete(id) || one?.open?.evidence === 'announced'
    return one && { group, end: one.end, counted, fresh, used, announced: wasAnnounced && !used }
  }

  function noteHang(id: string, after: KnownRequest | undefined, now: Hit[], ms: number): void {
    const counted = countedAs.get(id)
    const [one] = now
    if (after === undefined || one === undefined) {
      countedAs.delete(id)
      if (counted !== undefined) counters.hangsWithdrawn[counted] += 1
    } else if (after.state === 'ended' || one.start <= nano(ms)) {
      countHang(id, after.state === 'ended' ? 'ended' : after.evidence)
    }
  }
  function countHang(id: string, evidence: HangEvidence): void {
    if (countedAs.has(id)) return
    countedAs.set(id, evidence)
    counters.hangs[evidence] += 1
  }
  /** Open requests that are hangs from now on. */
  function countBegun(ms: number): void {
    for (const request of [...groups.values()].flatMap((group) => group.requests)) {
      if (request.state === 'ended') continue
      const begun = hit(request).some(({ start }) => start <= nano(ms))
      if (begun) countHang(idOf(request), request.evidence)
    }
  }

  for (let ms = epochMs; ms <= untilMs; ms += 1) {
    countBegun(ms)
    settle(ms)
    for (const entry of entries.filter(({ atMs }) => atMs === ms)) {
      for (const observation of entry.observations) observe(observation, ms)
      for (const group of groups.values()) update(group, ms)
      settle(ms)
    }
  }
  return { changes, counters }
}
