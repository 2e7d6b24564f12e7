import type { IncomingHttpHeaders } from 'node:http'
import { compileGlob } from '../../lib/glob.ts'
import type { CorsOptions } from './options.ts'

/** What lets browsers of other origins send spans. See https://fetch.spec.whatwg.org/#http-cors-protocol. */
export interface Cors {
  /** Headers for the answer to a preflight. */
  preflightHeaders(headers: IncomingHttpHeaders): Record<string, string>
  /** Headers for any other answer. */
  answerHeaders(headers: IncomingHttpHeaders): Record<string, string>
}

export function createCors(options: CorsOptions): Cors {
  const origins = options.allowedOrigins.map((origin) => compileGlob(origin.toLowerCase()))
  const headerNames = ['Content-Type', 'Content-Encoding', ...options.allowedHeaders]
  const anyHeader = options.allowedHeaders.includes('*')

  function originHeaders(origin: string | undefined): Record<string, string> {
    // Answers differ by origin: a cache must not mix them up.
    const vary = { Vary: 'Origin' }
    if (origin === undefined || !origins.some((matches) => matches(origin.toLowerCase()))) {
      return vary
    }
    return {
      ...vary,
      'Access-Control-Allow-Origin': origin,
      // navigator.sendBeacon, which exporters use when a page closes, always sends credentials.
      'Access-Control-Allow-Credentials': 'true',
    }
  }

  return {
    preflightHeaders(headers) {
      const allowed = originHeaders(headers.origin)
      if (!('Access-Control-Allow-Origin' in allowed)) return allowed
      const asked = headers['access-control-request-headers']
      return {
        ...allowed,
        'Access-Control-Allow-Methods': 'POST',
        // With credentials a browser takes `*` for a header of that name.
        'Access-Control-Allow-Headers':
          anyHeader && asked !== undefined ? asked : headerNames.join(', '),
        ...(options.maxAgeSeconds === undefined
          ? {}
          : { 'Access-Control-Max-Age': String(options.maxAgeSeconds) }),
      }
    },
    answerHeaders: (headers) => originHeaders(headers.origin),
  }
}
