import { STUB_MODELS } from '../stub-model.ts'
import { say, sayIndented } from './screen.ts'

const MESSAGES = [{ role: 'user', content: 'i like coffee' }]

export const GOOD = { model: 'gpt-4o', messages: MESSAGES }
/** The bad request of LiteLLM's quick start: a message without content. */
export const BAD = {
  model: 'gpt-4o',
  user: 'hi',
  messages: [{ role: 'user', bad_param: 'i like coffee' }],
}
export const UNENDING = { model: STUB_MODELS.hang, messages: MESSAGES }
export const STALLING = { model: STUB_MODELS.stall, stream: true, messages: MESSAGES }

/** Sends a request as its `curl` is shown, and gives the status when all of the answer is there. */
export async function send(proxyUrl: string, body: object): Promise<number> {
  sayIndented(curl(proxyUrl, body))
  const answer = await fetch(`${proxyUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  await answer.text()
  say(`the proxy answered ${answer.status}`)
  return answer.status
}

export function curl(proxyUrl: string, body: object): string {
  const json = JSON.stringify(body)
  // Else curl shows a stream when it is over.
  const unbuffered = 'stream' in body ? ' -N' : ''
  return `curl${unbuffered} ${proxyUrl}/chat/completions -H 'content-type: application/json' -d '${json}'`
}
