import { send, UNENDING } from './requests.ts'
import { paint, say } from './screen.ts'
import type { Stage } from './stage.ts'
import { until } from './until.ts'

/** A request that never ends is paged while it is open, and resolved when it is let go. */
export async function playHang(stage: Stage): Promise<void> {
  say(paint('bold', 'A request to a model that never answers. 2 s of waiting are a hang here.'))
  let status: number | undefined
  const answered = send(stage.proxyUrl, UNENDING).then((answer) => (status = answer))
  await until('an incident for the hang', () => stage.incident('hangs') !== undefined)
  await stage.sayCount('hangs')
  const announced = await stage.metric('spanpager_hangs_total{evidence="announced"}')
  if (status !== undefined || announced !== 1) throw new Error('the request has ended')
  say(
    paint(
      'bold',
      'The request has not ended: no answer, and no span of it. The incident is there.',
    ),
  )

  say(paint('bold', 'Now the model is let go.'))
  stage.letGo()
  if ((await answered) !== 200) throw new Error('the request let go ended badly')
  await until('the incident resolved', () => stage.incident('hangs')?.status === 'resolved')
  const opened = stage.incidents().length
  if (opened !== 1) throw new Error(`${opened} incidents instead of 1`)
  say(paint('green', 'Done: one request, paged while it hung, resolved when it was over.'))
}
