import type { LogRecord } from '../../../model/log.ts'
import type { AttributeColumns } from '../../../model/span.ts'
import { producerOf, SERVICE_INSTANCE, SERVICE_NAME } from '../../../records/producer.ts'
import { LoggedSpan } from './announced-span.ts'
import type { Reading } from './announcement.ts'
import { OWN_KEYS, type ReadOwn, readOwnContent } from './own-content.ts'
import { hexWords } from './values.ts'

const LIFECYCLES: Readonly<Record<string, string>> = {
  'span.open': 'open',
  'span.closed': 'closed',
}

/** Our announcement as a log record, which has the ids of the open span. */
export function readOwnLog(record: LogRecord, columns: AttributeColumns): Reading {
  const content = readOwnContent(readerOf(record))
  if (typeof content === 'string') return { form: 'log', fault: content }
  const { said, parentId, boot, ...rest } = content
  const traceId = hexWords(record.traceId, 4)
  const spanId = hexWords(record.spanId, 2)
  if (traceId === undefined || spanId === undefined) return { form: 'log', fault: 'bad_ids' }
  const name = record.attributes.get('span.name')
  const { resource } = record
  return {
    ...rest,
    form: 'log',
    ids: [...traceId, ...spanId, ...parentId],
    span: new LoggedSpan(record, columns, typeof name === 'string' ? name : '', said),
    announcer: { ...producerOf(resource.get(SERVICE_NAME), resource.get(SERVICE_INSTANCE)), boot },
  }
}

function readerOf({ attributes, eventName }: LogRecord): ReadOwn {
  return (key) => {
    const value = attributes.get(key)
    switch (key) {
      case OWN_KEYS.lifecycle: {
        const lifecycle = LIFECYCLES[eventName]
        // Said twice, it must be the same.
        return (value ?? lifecycle) === lifecycle ? lifecycle : undefined
      }
      case OWN_KEYS.parentId:
        return value ?? attributes.get('span.parent_span_id')
      default:
        return value
    }
  }
}
