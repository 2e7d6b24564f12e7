import type { JournalEntry } from '../../model/journal.ts'

type PlainEntry = Exclude<JournalEntry, { kind: 'records' }>
type Fields = Readonly<Record<string, unknown>>

const TICK_REASONS = new Set<unknown>(['due', 'started', 'refused', 'paused'])
const RESULTS = new Set<unknown>(['delivered', 'rejected', 'dropped'])
const CHANGE_KINDS = new Set<unknown>(['firing', 'resolved'])

/**
 * Has this value what replay steers by: kinds, times, positions, dedup keys? What only stands in
 * the text of a page is not looked at; the checksum covers it.
 */
export function isPlainEntry(value: unknown): value is PlainEntry {
  if (!isFields(value) || typeof value['timeMs'] !== 'number') return false
  switch (value['kind']) {
    case 'tick':
      return isText(value['processor']) && TICK_REASONS.has(value['reason'])
    case 'changes':
      return (
        isText(value['processor']) &&
        isPosition(value['cause']) &&
        Array.isArray(value['changes']) &&
        value['changes'].every(isChange)
      )
    case 'delivery':
      return isText(value['exporter']) && RESULTS.has(value['result']) && isEventId(value['event'])
    default:
      return false
  }
}

function isChange(value: unknown): boolean {
  if (!isFields(value) || !CHANGE_KINDS.has(value['kind'])) return false
  const episode = value['episode']
  return (
    isFields(episode) && isText(episode['dedupKey']) && typeof episode['firedAtMs'] === 'number'
  )
}

function isEventId(value: unknown): boolean {
  return isFields(value) && isPosition(value['position']) && isPosition(value['index'])
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isPosition(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
