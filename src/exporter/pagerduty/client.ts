import { isIP } from 'node:net'
import { Agent, EnvHttpProxyAgent, request } from 'undici'
import type { Dispatcher } from 'undici'

/** What came back for one POST. */
export type Exchange =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly retryAfter: string | undefined
      /** At most {@link MAX_ANSWER_BYTES} of it. */
      readonly body: string
    }
  /** No answer: whether the event was taken is unknown. */
  | { readonly kind: 'no_answer'; readonly reason: string }

/** An answer of PagerDuty has some hundred bytes; a proxy's error page may have any number. */
const MAX_ANSWER_BYTES = 16_384

/** A burst of pages shares these. */
const MAX_CONNECTIONS = 8

/**
 * Connections for one endpoint. The proxy variables (HTTPS_PROXY, HTTP_PROXY, NO_PROXY, also in
 * lower case) are obeyed, except for an endpoint on this machine, as other clients do it.
 *
 * Throws when a proxy variable is no URL; the message does not quote it, it may hold a password.
 */
export function createDispatcher(endpoint: string, connectTimeoutMs: number): Dispatcher {
  const settings = { connections: MAX_CONNECTIONS, connect: { timeout: connectTimeoutMs } }
  if (isLoopback(new URL(endpoint).hostname)) return new Agent(settings)
  try {
    return new EnvHttpProxyAgent(settings)
  } catch {
    throw new Error('HTTPS_PROXY or HTTP_PROXY in the environment is not a valid proxy URL')
  }
}

/** One POST of JSON. Never throws; redirects are answers like any other. */
export async function post(
  dispatcher: Dispatcher,
  url: string,
  body: string,
  signal: AbortSignal,
): Promise<Exchange> {
  try {
    const answer = await request(url, {
      dispatcher,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'user-agent': 'spanpager',
      },
      body,
      signal,
    })
    const retryAfter = answer.headers['retry-after']
    return {
      kind: 'answer',
      status: answer.statusCode,
      retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
      body: await readBody(answer.body),
    }
  } catch (error) {
    return refusalOfProxy(error) ?? { kind: 'no_answer', reason: reasonOf(error, signal) }
  }
}

/** The status counts once it is here: a body that breaks off changes nothing about it. */
async function readBody(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      bytes += chunk.length
      // Leaving the loop closes the connection.
      if (bytes >= MAX_ANSWER_BYTES) break
    }
  } catch {
    // What came of it is all there is.
  }
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString()
}

/** A proxy that does not open the tunnel answers too, but undici gives its status in words only. */
function refusalOfProxy(error: unknown): Exchange | undefined {
  const status = /^Proxy response \((\d{3})\)/.exec(
    error instanceof Error ? error.message : '',
  )?.[1]
  if (status === undefined) return undefined
  return { kind: 'answer', status: Number(status), retryAfter: undefined, body: '' }
}

function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) {
    const cause: unknown = signal.reason
    return cause instanceof Error && cause.name === 'TimeoutError' ? 'no answer in time' : 'aborted'
  }
  if (!(error instanceof Error)) return 'connection failed'
  // Where several addresses were tried, the message is empty and the code says it.
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return error.message === '' ? `connection failed ${code}`.trim() : error.message
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1') return true
  return isIP(host) === 4 && host.startsWith('127.')
}
