import type { IncomingHttpHeaders } from 'node:http'
import type { Signal } from '../../model/component.ts'
import type { RefusalCode } from '../../model/refusal.ts'
import type { Encoding } from './answer.ts'
import type { CompressionAlgorithm, HttpOptions } from './options.ts'

export interface RequestHead {
  readonly method: string
  /** For instance `1.1`. */
  readonly httpVersion: string
  /** The request's target, as it came. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

/** What a request wants, read from its head alone. */
export type Intent =
  | {
      readonly kind: 'export'
      readonly signal: Signal
      readonly encoding: Encoding
      readonly compression: CompressionAlgorithm | undefined
      /** Content-Length; undefined = chunked. */
      readonly announcedBytes: number | undefined
    }
  | { readonly kind: 'preflight' }
  | {
      readonly kind: 'refused'
      readonly status: number
      readonly code: RefusalCode
      readonly message: string
      readonly encoding: Encoding
      readonly headers: Record<string, string>
    }

/** The signals that are served, by path. */
export type SignalPaths = ReadonlyMap<string, Signal>

export function pathsOf(options: HttpOptions, signals: readonly Signal[]): SignalPaths {
  const path = { traces: options.tracesUrlPath, logs: options.logsUrlPath }
  return new Map(signals.map((signal) => [path[signal], signal]))
}

/** Reads the head of a request; what is refused here is refused before any of the body is read. */
export function readHead(head: RequestHead, options: HttpOptions, paths: SignalPaths): Intent {
  const { headers } = head
  const encoding = encodingOf(headers['content-type'])
  const refused = (
    status: number,
    code: RefusalCode,
    message: string,
    answerHeaders: Record<string, string> = {},
  ): Intent => ({
    kind: 'refused',
    status,
    code,
    message,
    encoding: encoding ?? 'json',
    headers: answerHeaders,
  })

  const signal = paths.get(pathOf(head.url))
  if (signal === undefined) {
    const known = [...paths].map(([path, taken]) => `${taken} go to ${path}`).join(', ')
    return refused(404, 'unimplemented', `not found; ${known}`)
  }
  if (head.method === 'OPTIONS' && options.cors !== undefined) return { kind: 'preflight' }
  if (head.method !== 'POST') {
    const allow = allowedMethods(options)
    return refused(405, 'unimplemented', METHOD_NOT_ALLOWED, { Allow: allow })
  }
  if (headers.host === undefined && head.httpVersion === '1.1') {
    return refused(400, 'invalid_argument', 'the Host header is missing')
  }
  if (encoding === undefined) {
    return refused(
      415,
      'unimplemented',
      'unsupported Content-Type; use application/x-protobuf or application/json',
    )
  }
  const compression = compressionOf(headers['content-encoding'], options.compressionAlgorithms)
  if (compression === undefined) {
    const known = ['identity', ...options.compressionAlgorithms].join(', ')
    return refused(415, 'unimplemented', `unsupported Content-Encoding; use one of ${known}`, {
      'Accept-Encoding': known,
    })
  }
  const announcedBytes =
    headers['content-length'] === undefined ? undefined : Number(headers['content-length'])
  if (announcedBytes !== undefined && announcedBytes > options.maxRequestBodyBytes) {
    return refused(413, 'too_large', tooLargeMessage(options.maxRequestBodyBytes))
  }
  return {
    kind: 'export',
    signal,
    encoding,
    compression: compression === 'identity' ? undefined : compression,
    announcedBytes,
  }
}

export const METHOD_NOT_ALLOWED = 'method not allowed; use POST'

/** For the header `Allow`. */
export function allowedMethods({ cors }: HttpOptions): string {
  return cors === undefined ? 'POST' : 'POST, OPTIONS'
}

export function tooLargeMessage(maxBytes: number): string {
  return `the request is larger than ${maxBytes} bytes`
}

/** Does the client want gzip in the answer? */
export function acceptsGzip(headers: IncomingHttpHeaders): boolean {
  const accepted = headers['accept-encoding']
  if (typeof accepted !== 'string') return false
  return accepted.split(',').some((item) => {
    const [coding, ...parameters] = item
      .toLowerCase()
      .split(';')
      .map((part) => part.trim())
    return coding === 'gzip' && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  })
}

/** A target may also be absolute (RFC 9112, 3.2.2), and carry a query, which says nothing here. */
function pathOf(url: string): string {
  return url.replace(/^https?:\/\/[^/?]*/i, '').replace(/\?.*$/s, '')
}

function encodingOf(contentType: string | undefined): Encoding | undefined {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase()
  if (type === 'application/x-protobuf') return 'protobuf'
  return type === 'application/json' ? 'json' : undefined
}

function compressionOf(
  contentEncoding: string | undefined,
  algorithms: readonly CompressionAlgorithm[],
): CompressionAlgorithm | 'identity' | undefined {
  const coding = contentEncoding?.trim().toLowerCase() ?? ''
  if (coding === '' || coding === 'identity') return 'identity'
  return algorithms.find((algorithm) => algorithm === coding)
}
