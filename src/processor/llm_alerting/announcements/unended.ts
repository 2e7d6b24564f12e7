import { type Announcement, UNSAID } from './announcement.ts'
import { ownIds, type SpanRow } from './span-row.ts'

/**
 * Spans that are sent under their own ids before they ended, with an end of zero or before their start,
 * or as dd-trace does: again and again with `_dd.partial_version`, the duration so far in it, until
 * the one without it, which is the end.
 * Source: https://github.com/DataDog/dd-trace-java, LongRunningTracesTracker
 */
export function readUnended(form: 'datadog' | 'unended', row: SpanRow): Announcement {
  const durationNano = row.batch.durationNano[row.row]!
  return {
    ...UNSAID,
    form,
    state: 'open',
    ids: ownIds(row),
    span: row.span,
    announcer: { ...row.producer, boot: '' },
    startUnixNano: row.batch.startUnixNano[row.row]!,
    ageNano: durationNano > 0 ? durationNano : -1,
  }
}
