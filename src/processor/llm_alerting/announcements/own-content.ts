import type { AnnouncedState } from '../../../model/record.ts'
import { type AttributeValue, type ParentPlace, SPAN_KIND, STATUS } from '../../../model/span.ts'
import { shortText } from '../../../records/producer.ts'
import type { Announcement, Malformed } from './announcement.ts'
import type { Said } from './announced-span.ts'
import { flag, hexWords, millis, toNano, unixNano } from './values.ts'

/** The attributes of our own announcements. */
export const OWN_KEYS = {
  lifecycle: 'span.lifecycle',
  kind: 'span.kind',
  parentId: 'logfire.pending_parent_id',
  parentIsRemote: 'span.parent_is_remote',
  start: 'span.start_time_unix_nano',
  age: 'span.age_ms',
  heartbeat: 'span.heartbeat_ms',
  progressAge: 'span.last_progress_age_ms',
  closeReason: 'span.close_reason',
  statusCode: 'span.status_code',
  duration: 'span.duration_ms',
  boot: 'spanpager.boot_id',
  isRequest: 'spanpager.request',
} as const

/** Reads one of {@link OWN_KEYS} from whatever record they come in. */
export type ReadOwn = (key: string) => AttributeValue | undefined

/** What both encodings of our announcements say, apart from the ids of the span and its producer. */
export type OwnContent = Omit<Announcement, 'form' | 'ids' | 'span' | 'announcer'> & {
  readonly said: Said
  readonly parentId: readonly number[]
  readonly boot: string
}

export function readOwnContent(read: ReadOwn): OwnContent | Malformed['fault'] {
  const state = stateOf(read(OWN_KEYS.lifecycle), read(OWN_KEYS.closeReason))
  if (state === undefined) return 'bad_lifecycle'
  const parent = read(OWN_KEYS.parentId)
  const parentId = hexWords(parent, 2)
  if (parentId === undefined && !isAbsent(parent)) return 'bad_ids'
  const startUnixNano = unixNano(read(OWN_KEYS.start))
  const age = millis(read(OWN_KEYS.age))
  const duration = millis(read(OWN_KEYS.duration))
  const heartbeatMs = millis(read(OWN_KEYS.heartbeat)) ?? 0
  const progressAgeNano = toNano(millis(read(OWN_KEYS.progressAge)))
  const ageNano = toNano(state === 'open' ? age : (duration ?? age))
  const isBad =
    startUnixNano < 0n || [age, duration, heartbeatMs, progressAgeNano].some(Number.isNaN)
  if (isBad) return 'bad_number'
  return {
    state,
    said: {
      kind: numberOf(KINDS, read(OWN_KEYS.kind)),
      statusCode: numberOf(STATUSES, read(OWN_KEYS.statusCode)),
      parent: placeOf(parentId, flag(read(OWN_KEYS.parentIsRemote))),
    },
    parentId: parentId ?? [0, 0],
    boot: shortText(read(OWN_KEYS.boot)),
    isRequest: flag(read(OWN_KEYS.isRequest)),
    mayBeBare: state !== 'open',
    startUnixNano,
    ageNano,
    heartbeatMs,
    progressAgeNano,
  }
}

/** A reason of a later version still says that nobody watches the span any more. */
function stateOf(
  lifecycle: AttributeValue | undefined,
  closeReason: AttributeValue | undefined,
): AnnouncedState | undefined {
  if (lifecycle === 'open') return 'open'
  if (lifecycle !== 'closed') return undefined
  return isAbsent(closeReason) || closeReason === 'ended' ? 'ended' : 'gone'
}

/**
 * Zeros are a root. Where nothing is said at all, the span is taken for one that may lie within
 * another: counted by itself it would count double if it did.
 */
function placeOf(
  parentId: readonly number[] | undefined,
  isRemote: boolean | undefined,
): ParentPlace {
  if (parentId?.every((word) => word === 0) === true) return 'none'
  if (isRemote === undefined) return 'unknown'
  return isRemote ? 'remote' : 'local'
}

const KINDS = byName(SPAN_KIND)
const STATUSES = byName(STATUS)

function byName(numbers: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  return new Map(Object.entries(numbers).map(([name, number]) => [name.toUpperCase(), number]))
}

/** 0, unspecified, for what has no such name. */
function numberOf(numbers: ReadonlyMap<string, number>, value: AttributeValue | undefined): number {
  return (typeof value === 'string' && numbers.get(value)) || 0
}

function isAbsent(value: AttributeValue | undefined): boolean {
  return value === undefined || value === ''
}
