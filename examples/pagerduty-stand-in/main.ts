import { parseArgs } from 'node:util'
import { describeIncident } from './describe-incident.ts'
import { createPagerDutyStandIn, STAND_IN_ROUTING_KEY } from './stand-in.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8089' },
    key: { type: 'string', multiple: true, default: [STAND_IN_ROUTING_KEY] },
    'rate-limit': { type: 'string' },
  },
})

const standIn = createPagerDutyStandIn({
  port: Number(values.port),
  routingKeys: values.key,
  ...(values['rate-limit'] !== undefined && {
    rateLimit: { perMinute: Number(values['rate-limit']) },
  }),
  onIncident: (incident) => console.log(`\n${describeIncident(incident)}`),
})
await standIn.start()
console.log(`A stand-in for PagerDuty listens on ${standIn.url}`)
console.log(`routing_key: ${values.key.join(', ')}`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void standIn.close())
}
