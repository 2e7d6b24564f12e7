import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SpanKind } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
// In an application of yours: from 'spanpager'.
import { SpanpagerSpanProcessor } from '../../src/index.ts'
import { describeIncident } from '../pagerduty-stand-in/describe-incident.ts'
import { createPagerDutyStandIn, STAND_IN_ROUTING_KEY } from '../pagerduty-stand-in/stand-in.ts'

const ROUTE = '/v1/chat/completions'
const EVERY_MS = 300

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const pagerDuty = createPagerDutyStandIn({
  onIncident: (incident, effect) => {
    say(`PagerDuty: ${effect}\n${describeIncident(incident)}`)
  },
})
await pagerDuty.start()

const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'llm-proxy' }),
  spanProcessors: [
    new SpanpagerSpanProcessor({
      alone: {
        routingKey: STAND_IN_ROUTING_KEY,
        endpoint: pagerDuty.url,
        // Made for a demo: one request that waits for a second pages.
        hangingThresholdSeconds: 1,
        hangingThresholdFails: 1,
        hangingThresholdWindowSeconds: 2,
      },
    }),
  ],
})
const tracer = provider.getTracer('llm-proxy')

/** A model that answers at once, but for prompts that make it think until it is let go. */
const letGo = Promise.withResolvers<void>()
async function askModel(prompt: string): Promise<string> {
  if (prompt === 'think') await letGo.promise
  return JSON.stringify({ object: 'chat.completion', choices: [] })
}

const proxy = createServer((request, response) => {
  const span = tracer.startSpan(`POST ${ROUTE}`, {
    kind: SpanKind.SERVER,
    attributes: { 'http.request.method': 'POST', 'url.path': request.url ?? '' },
  })
  span.setAttribute('gen_ai.request.model', 'gpt-4o')
  void (async () => {
    let prompt = ''
    for await (const chunk of request) prompt += String(chunk)
    const answer = await askModel(prompt)
    span.setAttribute('http.response.status_code', 200)
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
    span.end()
  })()
})
const url = `${await listen(proxy)}${ROUTE}`

async function ask(prompt: string): Promise<void> {
  const answer = await fetch(url, { method: 'POST', body: prompt })
  await answer.text()
}

const isIncident = (status: string) => () =>
  pagerDuty.incidents().some((incident) => incident.status === status)

say('A request that does not end. Nothing is exported of it, and nothing else runs here.')
const hanging = ask('think')
await pagerDuty.waitFor(isIncident('triggered'))
say('It was paged while it was open. Now it is let go, and traffic goes on.')
letGo.resolve()
await hanging
const traffic = setInterval(() => {
  void ask('hello')
}, EVERY_MS)
await pagerDuty.waitFor(isIncident('resolved'), 30_000)
clearInterval(traffic)
say(`Done: ${pagerDuty.incidents().length} incident, opened and closed.`)

await provider.shutdown()
proxy.closeAllConnections()
proxy.close()
await pagerDuty.close()
