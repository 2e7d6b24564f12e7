import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

interface OtlpAttribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

/** A span or a log record, as the JSON exporters write it. */
export interface Received {
  readonly path: string
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly attributes: Readonly<Record<string, unknown>>
  readonly resource: Readonly<Record<string, unknown>>
}

interface OtlpRecord {
  readonly name?: string
  readonly eventName?: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly attributes: readonly OtlpAttribute[]
}

interface OtlpBody {
  readonly resourceSpans?: readonly OtlpResource[]
  readonly resourceLogs?: readonly OtlpResource[]
}

interface OtlpResource {
  readonly resource: { readonly attributes: readonly OtlpAttribute[] }
  readonly scopeSpans?: readonly { readonly spans: readonly OtlpRecord[] }[]
  readonly scopeLogs?: readonly { readonly logRecords: readonly OtlpRecord[] }[]
}

export interface OtlpServer {
  /** Base URL. */
  readonly endpoint: string
  readonly received: readonly Received[]
  /** The first, received or to come, that passes. */
  next(test: (received: Received) => boolean): Promise<Received>
  close(): Promise<void>
}

/** Takes OTLP/HTTP with JSON, on a loopback port of its own. */
export async function startOtlpServer(): Promise<OtlpServer> {
  const received: Received[] = []
  let waiting: { test: (received: Received) => boolean; resolve: (received: Received) => void }[] =
    []
  const server = createServer((request, response) => {
    void (async () => {
      const body = (await json(request)) as OtlpBody
      for (const each of recordsOf(request.url ?? '', body)) {
        received.push(each)
        waiting = waiting.filter(({ test, resolve }) => {
          if (!test(each)) return true
          resolve(each)
          return false
        })
      }
      response.setHeader('content-type', 'application/json').end('{}')
    })()
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    received,
    next(test) {
      const known = received.find((each) => test(each))
      if (known !== undefined) return Promise.resolve(known)
      const { promise, resolve } = Promise.withResolvers<Received>()
      waiting.push({ test, resolve })
      return promise
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

function recordsOf(path: string, body: OtlpBody): Received[] {
  return [...(body.resourceSpans ?? []), ...(body.resourceLogs ?? [])].flatMap(
    ({ resource, scopeSpans, scopeLogs }) => {
      const records = [
        ...(scopeSpans ?? []).flatMap(({ spans }) => spans),
        ...(scopeLogs ?? []).flatMap(({ logRecords }) => logRecords),
      ]
      return records.map((record) => ({
        path,
        name: record.name ?? record.eventName ?? '',
        traceId: record.traceId,
        spanId: record.spanId,
        parentSpanId: record.parentSpanId,
        attributes: plain(record.attributes),
        resource: plain(resource.attributes),
      }))
    },
  )
}

function plain(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}
