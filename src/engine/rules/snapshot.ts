import type { RuleDefinition } from './definition.ts'
import type { Episode, Orphan } from './episode.ts'
import { NANO_PER_MS } from './event-time.ts'
import { NO_COUNTS, type SavedGroup } from './group.ts'
import { NO_HANG_COUNTS, type SavedHangCounts } from './hang-counts.ts'
import type { RuleState } from './rule-state.ts'
import type { SavedTimeline } from './timeline.ts'

/** 2 has hangs that have not ended; what has none is as it was in 1. */
const VERSION = 2

interface SavedRule {
  readonly name: string
  readonly on: string
  readonly fingerprint: string
  /** Attribute keys. */
  readonly groupBy: readonly string[]
  readonly keepFiringForMs: number
  readonly rollUp?: Episode
  readonly groups: readonly SavedGroup[]
}

/** JSON; event times in it refer to its own epoch. */
export interface SavedRules {
  readonly version: 1 | 2
  readonly epochMs: number
  readonly timeline: SavedTimeline
  readonly rules: readonly SavedRule[]
  readonly hangs?: SavedHangCounts
}

interface Restored {
  readonly warming: readonly string[]
  readonly timeline: SavedTimeline
  readonly hangs: SavedHangCounts
}

/** The form of a snapshot is ours and is told by its version; other things throw. */
export function snapshotOf(snapshot: unknown): SavedRules | undefined {
  if (snapshot === undefined || isSavedRules(snapshot)) return snapshot
  throw new Error('this is no snapshot of rules that this version can read')
}

export function saveRules(
  rules: readonly RuleState[],
  epochMs: number,
  timeline: SavedTimeline,
  hangs: SavedHangCounts,
): SavedRules {
  return { version: VERSION, epochMs, timeline, rules: rules.map(saveRule), hangs }
}

/**
 * Fills rules from a snapshot. Rules that count something else than they did start empty (`warming`)
 * with their open episodes; those of rules that are gone become orphans of the timeline.
 */
export function restoreRules(
  rules: readonly RuleState[],
  epochMs: number,
  saved: SavedRules | undefined,
): Restored {
  if (saved === undefined) {
    const timeline = { timeMs: 0, liveSinceMs: 0, orphans: [], changes: [] }
    return { warming: [], timeline, hangs: NO_HANG_COUNTS }
  }
  const warming: string[] = []
  const orphans = [...saved.timeline.orphans]
  const shiftNano = (saved.epochMs - epochMs) * NANO_PER_MS
  for (const rule of saved.rules) {
    const state = rules.find(({ definition }) => definition.rule.name === rule.name)
    if (state !== undefined && isSameRule(state, rule)) {
      if (!restoreRule(state, rule, shiftNano)) warming.push(rule.name)
    } else {
      if (state !== undefined) warming.push(rule.name)
      orphans.push(...orphansOf(rule, saved.timeline.timeMs))
    }
  }
  const { hangs = NO_HANG_COUNTS } = saved
  return { warming, timeline: { ...saved.timeline, orphans }, hangs }
}

function isSavedRules(snapshot: unknown): snapshot is SavedRules {
  return (
    typeof snapshot === 'object' &&
    snapshot !== null &&
    'version' in snapshot &&
    (snapshot.version === 1 || snapshot.version === VERSION)
  )
}

function saveRule({ definition, groups, episodes }: RuleState): SavedRule {
  const { rule, fingerprint } = definition
  return {
    name: rule.name,
    on: rule.on,
    fingerprint,
    groupBy: attributesOf(definition),
    keepFiringForMs: rule.keepFiringForMs,
    ...(episodes.rollUp === undefined ? {} : { rollUp: { ...episodes.rollUp } }),
    groups: groups.sorted().map((group) => group.save()),
  }
}

/** Its groups are the same groups still, so that open episodes go on. */
function isSameRule({ definition }: RuleState, saved: SavedRule): boolean {
  const attributes = attributesOf(definition)
  return (
    definition.rule.on === saved.on && JSON.stringify(attributes) === JSON.stringify(saved.groupBy)
  )
}

/** False: the rule counts something else than it did, so only its open episodes are taken over. */
function restoreRule(state: RuleState, saved: SavedRule, shiftNano: number): boolean {
  const unchanged = state.definition.fingerprint === saved.fingerprint
  for (const group of saved.groups) {
    if (unchanged) state.groups.restore(group, shiftNano)
    else if (group.episode !== undefined) {
      state.groups.restore({ ...group, counts: NO_COUNTS }, shiftNano)
    }
  }
  state.episodes.restore(state.groups.sorted(), saved.rollUp)
  return unchanged
}

/** The open episodes of a rule that is gone: they still owe a resolve. */
function orphansOf(saved: SavedRule, timeMs: number): Orphan[] {
  const resolveAtMs = timeMs + saved.keepFiringForMs
  const open = saved.groups.flatMap(({ episode }) => (episode === undefined ? [] : [episode]))
  const orphans = open.filter(({ ref }) => !ref.rollUp)
  if (saved.rollUp !== undefined) {
    const members = open.filter(({ ref }) => ref.rollUp)
    orphans.push({
      ref: saved.rollUp.ref,
      peak: members.reduce((sum, { peak }) => sum + peak, saved.rollUp.peak),
      total: members.reduce((sum, { total }) => sum + total, saved.rollUp.total),
    })
  }
  return orphans.map((episode) => ({ ...episode, resolveAtMs }))
}

function attributesOf({ rule, stage }: RuleDefinition): string[] {
  return rule.groupBy.map((at) => stage.groupKeys[at]!)
}
