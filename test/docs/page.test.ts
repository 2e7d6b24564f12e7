import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProxy } from '../../examples/llm-proxy/proxy.ts'
import { createStubModel } from '../../examples/llm-proxy/stub-model.ts'
import { startTracing } from '../../examples/llm-proxy/tracing.ts'
import { describeIncident } from '../../examples/pagerduty-stand-in/describe-incident.ts'
import { spanpager } from '../commands/run-command.ts'
import { type RunningCollector, startCollector } from '../helpers/running-collector.ts'
import { sendFailure } from '../helpers/send-failure.ts'
import { fences, read } from './markdown.ts'

let running: RunningCollector
let tracing: BasicTracerProvider
const servers: Server[] = []

async function listen(server: Server): Promise<string> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function ask(url: string, message: object): Promise<number> {
  const body = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', ...message }] })
  const response = await fetch(`${url}/chat/completions`, { method: 'POST', body })
  await response.text()
  return response.status
}

beforeEach(async () => {
  running = await startCollector({
    llm_alerting: { failure_threshold: 1, failure_threshold_window_seconds: 10 },
  })
  tracing = startTracing(running.httpUrl)
})

afterEach(async () => {
  await tracing.shutdown()
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
  await running.stop()
})

const ISO_TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/g

/** What differs from one time to the next. */
function withoutChance(page: string): string {
  return page
    .replaceAll(ISO_TIME, 'TIME')
    .replaceAll(/\b[0-9a-f]{32}\b/g, 'TRACE')
    .replace(/detection_lag: .*/, 'detection_lag: LAG')
    .replace(/^Incident #\d+/, 'Incident #N')
}

function shown(beginning: string): string {
  const block = fences(read('README.md')).find(({ text }) => text.startsWith(beginning))
  return block!.text.trimEnd()
}

describe('what README.md shows', () => {
  it('is the page of a bad request after a good one', async () => {
    const tracer = tracing.getTracer('llm-proxy')
    const proxy = await listen(
      createProxy({ tracer, modelUrl: await listen(createStubModel().server) }),
    )
    expect(await ask(proxy, { content: 'i like coffee' })).toBe(200)
    expect(await ask(proxy, { bad_param: 'i like coffee' })).toBe(400)
    await running.pagerDuty.waitFor(() => running.pagerDuty.incidents().length === 1)
    const [incident] = running.pagerDuty.incidents()
    expect(withoutChance(describeIncident(incident!))).toBe(withoutChance(shown('Incident #')))
  })

  it('is what `status` prints', async () => {
    await sendFailure(running.httpUrl, 'litellm-proxy')
    const endpoint = running.collector.endpoints.health.get('health_check')!
    const { stdout } = await spanpager(['status', '--endpoint', endpoint])
    const plain = (text: string): string[] =>
      text
        .replaceAll(ISO_TIME, 'TIME')
        .trimEnd()
        .split('\n')
        .map((line) => line.replaceAll(/ {2,}/g, '  ').trimEnd())
    // The example was made with the default window, this one with the quick start's.
    expect(plain(stdout)).toEqual(plain(shown('STATE').replace('1/1 in 60s', '1/1 in 10s')))
  })
})
