import { createServer, type Server } from 'node:http'

/**
 * A model provider on this machine. It answers as OpenAI does: a completion, or 400
 * `invalid_request_error` for a message without content.
 */
export function createStubModel(): Server {
  return createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const { status, answer } = complete(body)
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer))
    })
  })
}

function complete(body: string): { status: number; answer: unknown } {
  const { model, messages } = JSON.parse(body) as {
    model?: string
    messages?: { role?: string; content?: string }[]
  }
  const bad = (messages ?? []).findIndex((message) => message.content === undefined)
  if (messages === undefined || bad >= 0) {
    const param = messages === undefined ? 'messages' : `messages[${bad}].content`
    return {
      status: 400,
      answer: {
        error: {
          message: `Missing required parameter: '${param}'.`,
          type: 'invalid_request_error',
          param,
          code: 'missing_required_parameter',
        },
      },
    }
  }
  return {
    status: 200,
    answer: {
      id: 'chatcmpl-stub',
      object: 'chat.completion',
      model,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Coffee is good company.' },
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 },
    },
  }
}
