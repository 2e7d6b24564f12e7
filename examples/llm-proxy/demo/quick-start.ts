import { BAD, GOOD, send } from './requests.ts'
import { paint, say } from './screen.ts'
import type { Stage } from './stage.ts'
import { until } from './until.ts'

const ACCEPTED = 'otelcol_receiver_accepted_spans_total{receiver="otlp",transport="http"}'

/** One alert after the other: at this threshold every request hangs, so the good one goes first. */
export async function playQuickStart(stage: Stage): Promise<void> {
  say(paint('bold', 'A good request. It takes longer than 0.0000001 s, which is a hang here.'))
  await send(stage.proxyUrl, GOOD)
  await until('spans received', async () => (await stage.metric(ACCEPTED)) >= 2)
  say(`spanpager received ${await stage.metric(ACCEPTED)} spans`)
  await until('an incident for the hang', () => stage.incident('hangs') !== undefined)
  await stage.sayCount('hangs')
  if (stage.incident('failures') !== undefined) {
    throw new Error('a good request paged as a failure')
  }

  say(paint('bold', 'A bad request: a message without content. The provider answers 400.'))
  await send(stage.proxyUrl, BAD)
  await until('an incident for the failure', () => stage.incident('failures') !== undefined)
  say(`spanpager received ${await stage.metric(ACCEPTED)} spans`)
  await stage.sayCount('failures')

  say(paint('bold', 'No more traffic: both incidents resolve.'))
  await until('both incidents resolved', () =>
    ['hangs', 'failures'].every((rule) => stage.incident(rule)?.status === 'resolved'),
  )
  const opened = stage.incidents().length
  if (opened !== 2) throw new Error(`${opened} incidents instead of 2`)
  say(paint('green', 'Done: two alerts, two incidents, both opened and closed.'))
}
