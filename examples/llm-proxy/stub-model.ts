import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

/** Names of models that misbehave; every other one answers. */
export const STUB_MODELS = {
  /** Never answers. */
  hang: 'stub-hang',
  /** Begins to answer as a stream, and stops in the middle of it. */
  stall: 'stub-stall',
  /** Answers 500. */
  error: 'stub-500',
} as const

export interface StubModel {
  readonly server: Server
  /** What hangs or has stalled by now is answered to its end. */
  letGo(): void
}

const WORDS = ['Coffee', ' is', ' good', ' company.']
const WORDS_BEFORE_STALL = 2
const WORD_MS = 20

/** A model provider on this machine, which answers as OpenAI does. */
export function createStubModel(): StubModel {
  let held = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    answer(request, response, () => held.promise).catch(() => response.destroy())
  })
  return {
    server,
    letGo() {
      held.resolve()
      held = Promise.withResolvers()
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  letGo: () => Promise<void>,
): Promise<void> {
  const { model = '', stream = false, messages } = JSON.parse(await text(request)) as Question
  const missing = missingIn(messages)
  if (missing !== undefined) {
    sendError(response, 400, 'invalid_request_error', `Missing required parameter: '${missing}'.`)
    return
  }
  if (model === STUB_MODELS.error) {
    sendError(response, 500, 'server_error', 'The server had an error. Sorry about that!')
    return
  }
  const stalls = model === STUB_MODELS.stall
  if (model === STUB_MODELS.hang || (stalls && !stream)) await letGo()
  if (!stream) {
    const message = { role: 'assistant', content: WORDS.join('') }
    send(response, 200, completion(model, 'chat.completion', { message, finish_reason: 'stop' }))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const [at, content] of WORDS.entries()) {
    if (stalls && at === WORDS_BEFORE_STALL) await letGo()
    await sleep(WORD_MS)
    const chunk = completion(model, 'chat.completion.chunk', { delta: { content } })
    response.write(`data: ${JSON.stringify(chunk)}\n\n`)
  }
  response.end('data: [DONE]\n\n')
}

interface Question {
  readonly model?: string
  readonly stream?: boolean
  readonly messages?: readonly { readonly content?: string }[]
}

/** As OpenAI names it; undefined when nothing is missing. */
function missingIn(messages: Question['messages']): string | undefined {
  if (messages === undefined) return 'messages'
  const bad = messages.findIndex(({ content }) => content === undefined)
  return bad < 0 ? undefined : `messages[${bad}].content`
}

function completion(model: string, object: string, choice: object): object {
  return { id: 'chatcmpl-stub', object, model, choices: [{ index: 0, ...choice }] }
}

function sendError(response: ServerResponse, status: number, type: string, message: string): void {
  send(response, status, { error: { message, type } })
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
