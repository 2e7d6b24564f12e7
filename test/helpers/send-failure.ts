import { expect } from 'vitest'

/** Sends one failed request of a service, which fires at a threshold of 1. */
export async function sendFailure(httpUrl: string, serviceName = 'shop'): Promise<void> {
  const attribute = (key: string, value: object) => ({ key, value })
  const endMs = Date.now()
  const span = {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: '00f067aa0ba902b7',
    kind: 2,
    startTimeUnixNano: `${endMs - 10}000000`,
    endTimeUnixNano: `${endMs}000000`,
    attributes: [
      attribute('http.route', { stringValue: '/v1/chat/completions' }),
      attribute('http.response.status_code', { intValue: 503 }),
    ],
  }
  const service = attribute('service.name', { stringValue: serviceName })
  const response = await fetch(`${httpUrl}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      resourceSpans: [{ resource: { attributes: [service] }, scopeSpans: [{ spans: [span] }] }],
    }),
  })
  expect(response.status).toBe(200)
}
