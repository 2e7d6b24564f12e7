import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startOtlpServer, type OtlpServer } from './otlp-server.ts'
import { REGISTER, runApp, WITHOUT_EXPORTERS, type RunningApp } from './run-app.ts'

let server: OtlpServer
let app: RunningApp | undefined

beforeEach(async () => {
  server = await startOtlpServer()
})

afterEach(async () => {
  app?.kill()
  await app?.done
  await server.close()
})

function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: server.endpoint,
    OTEL_NODE_RESOURCE_DETECTORS: 'env',
    SPANPAGER_ANNOUNCE_AFTER_MS: '0',
    ...more,
  }
}

describe('--import spanpager/register', () => {
  it.each([
    ['sdk-trace-base 1.30', 'sdk1'],
    ['NodeTracerProvider 2', 'node2'],
    ['NodeSDK', 'nodesdk'],
    ['sdk-trace 3', 'sdk3'],
  ])('adds the processor to %s beside the application’s own', async (_name, kind) => {
    app = runApp('proxy.ts', [kind], environment(), [REGISTER])
    await server.next(({ attributes }) => attributes['span.lifecycle'] === 'open')
    app.finish()
    const { code, stdout, stderr } = await app.done
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'ended POST\n', stderr: '' })
    expect(
      server.received
        .filter(({ attributes }) => attributes['span.lifecycle'] === 'closed')
        .map(({ attributes }) => attributes['span.close_reason']),
    ).toEqual(['ended'])
  })

  it('works with an SDK 1 that has no processors', async () => {
    app = runApp('proxy.ts', ['sdk1bare'], environment(), [REGISTER])
    await server.next(({ attributes }) => attributes['span.lifecycle'] === 'open')
    app.finish()
    const { code, stderr } = await app.done
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  it('reads the resource from the SDK, and its own variables', async () => {
    const env = environment({
      OTEL_SERVICE_NAME: 'proxy-from-env',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      SPANPAGER_ENDPOINT: server.endpoint,
      SPANPAGER_HEARTBEAT_MS: '4000',
      SPANPAGER_ENCODING: 'logs',
    })
    app = runApp('proxy.ts', ['nodesdk'], env, [REGISTER])
    const open = await server.next(({ name }) => name === 'span.open')
    expect(open).toMatchObject({
      path: '/v1/logs',
      resource: { 'service.name': 'proxy-from-env' },
      attributes: { 'span.heartbeat_ms': 4000 },
    })
  })

  it('starts an SDK where it is asked to and the application has none', async () => {
    const env = environment({
      SPANPAGER_START_SDK: 'true',
      OTEL_SERVICE_NAME: 'no-sdk',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
    })
    app = runApp('proxy.ts', ['none'], env, [REGISTER])
    const open = await server.next(({ attributes }) => attributes['span.lifecycle'] === 'open')
    expect(open.resource['service.name']).toBe('no-sdk')
  })

  it('says so where the provider takes no processor, and leaves the application alone', async () => {
    app = runApp('proxy.ts', ['unknown'], environment(), [REGISTER])
    app.finish()
    const { code, stderr } = await app.done
    expect(code).toBe(0)
    expect(stderr).toContain('this tracer provider takes no processors afterwards')
  })

  it('says what is wrong with its variables, and leaves the application alone', async () => {
    const env = environment({ SPANPAGER_HEARTBEAT_MS: 'often', SPANPAGER_PRESET: 'litelm' })
    app = runApp('proxy.ts', ['node2'], env, [REGISTER])
    app.finish()
    const { code, stdout, stderr } = await app.done
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'ended POST\n' })
    expect(stderr).toContain('SPANPAGER_HEARTBEAT_MS=often is ignored')
    expect(stderr).toContain('no preset "litelm"')
    expect(server.received).toEqual([])
  })

  it.each(['OTEL_SDK_DISABLED', 'SPANPAGER_DISABLED'])('does nothing with %s', async (name) => {
    app = runApp('proxy.ts', ['node2'], environment({ [name]: 'true' }), [REGISTER])
    app.finish()
    const { code } = await app.done
    expect(code).toBe(0)
    expect(server.received).toEqual([])
  })
})

describe('a process that leaves a request open', () => {
  it('ends by itself', async () => {
    app = runApp('leaves-open.ts', [], environment())
    const { code, stderr } = await app.done
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(server.received.map(({ attributes }) => attributes['span.lifecycle'])).toEqual(['open'])
  })

  it('is told once that no exporter is installed', async () => {
    app = runApp('leaves-open.ts', [], environment(), [WITHOUT_EXPORTERS])
    const { code, stderr } = await app.done
    expect(code).toBe(0)
    expect(stderr.match(/npm install @opentelemetry\/exporter-trace-otlp-http/g)).toHaveLength(1)
    expect(server.received).toEqual([])
  })
})
