import type { AlertChange } from '../../model/alert.ts'
import type { AlertEvent, AlertExporter } from '../../model/component.ts'
import { isoTime } from '../number-text.ts'
import { cleanText } from '../page-text.ts'
import { summaryOf } from '../summary.ts'

/** Writes each alert change as one line, so that rules can be tried without PagerDuty. */
export function createDebugExporter(settings: {
  /** Takes one line, without its end. */
  readonly write: (line: string) => void
}): AlertExporter {
  return {
    start: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
    attempt: (event) => {
      settings.write(alertLine(event))
      return Promise.resolve({ kind: 'delivered' })
    },
  }
}

/**
 * For instance `2026-11-25T10:00:00.000Z firing critical failures openai/gpt-4o: 62 failed LLM
 * requests in 60 s (threshold 60) [spanpager/failures/openai/gpt-4o]`.
 */
export function alertLine({ change, cleared }: AlertEvent): string {
  const { severity, rule, dedupKey } = change.episode
  return [
    isoTime(timeOf(change)) ?? 'unknown time',
    change.kind,
    severity,
    cleanText(rule),
    summaryOf(change, cleared),
    `[${cleanText(dedupKey)}]`,
  ].join(' ')
}

function timeOf(change: AlertChange): number {
  return change.kind === 'firing' ? change.episode.firedAtMs : change.resolvedAtMs
}
