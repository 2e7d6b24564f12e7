import type { Selection } from '../../../model/selection.ts'
import type { AnnouncementForm, AnnouncementResult } from '../../../model/telemetry.ts'
import type { OpenBuilder } from '../../../records/open-builder.ts'
import type { Reading } from './announcement.ts'
import { verdictOf } from './verdict.ts'

/** Called once for every record that has the mark of an announcement. */
export type CountAnnouncement = (form: AnnouncementForm, result: AnnouncementResult) => void

/** Takes what was read: to `opens` what is about a request. True when it is known to be one. */
export type Intake = (reading: Reading, opens: OpenBuilder) => boolean

export function createIntake(selection: Selection, count: CountAnnouncement): Intake {
  return (reading, opens) => {
    if ('fault' in reading) {
      count(reading.form, reading.fault)
      return false
    }
    const verdict = verdictOf(reading, selection)
    if (verdict === undefined) {
      count(reading.form, 'not_a_request')
      return false
    }
    const { spanClass, ...rest } = verdict
    count(reading.form, rest.state)
    // As one that may be a hang: what is told of it is wanted.
    const judgement = selection.judge(reading.span, spanClass, true)
    opens.add({ announcement: reading, judgement, ...rest })
    return rest.isRecognised
  }
}
