import { resolve } from 'node:path'
import protobuf from 'protobufjs'

const root = new protobuf.Root()
root.resolvePath = (_origin, target) => resolve(import.meta.dirname, '../../proto', target)
root.loadSync('opentelemetry/proto/collector/trace/v1/trace_service.proto')
const message = root.lookupType('opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest')

interface Request {
  resourceSpans?: { resource?: unknown; scopeSpans?: { scope?: unknown; spans?: unknown[] }[] }[]
}

/** The same spans, one OTLP request each, in the same encoding. */
export function splitExport(exported: {
  readonly encoding: 'protobuf' | 'json'
  readonly body: Uint8Array
}): Uint8Array[] {
  const json = exported.encoding === 'json'
  const request: Request = json
    ? JSON.parse(Buffer.from(exported.body).toString())
    : message.toObject(message.decode(exported.body))
  const single = (request.resourceSpans ?? []).flatMap(({ resource, scopeSpans }) =>
    (scopeSpans ?? []).flatMap(({ scope, spans }) =>
      (spans ?? []).map((span) => ({
        resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [span] }] }],
      })),
    ),
  )
  return single.map((one) =>
    json ? Buffer.from(JSON.stringify(one)) : message.encode(message.fromObject(one)).finish(),
  )
}
