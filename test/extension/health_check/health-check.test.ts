import { afterEach, describe, expect, it } from 'vitest'
import { createAlertsView } from '../../../src/extension/health_check/alerts-view.ts'
import {
  createHealthCheck,
  type HealthCheck,
  type HealthCheckOptions,
} from '../../../src/extension/health_check/health-check.ts'
import type { HealthState } from '../../../src/model/status.ts'
import { alertStatus, engineView } from '../../telemetry/readings.ts'

const NOON_MS = Date.UTC(2026, 10, 25, 12)
const open: HealthCheck[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((check) => check.shutdown(AbortSignal.abort())))
})

function create(options: Partial<HealthCheckOptions> = {}) {
  const told: string[] = []
  const check = createHealthCheck({
    id: 'health_check',
    host: 'localhost',
    port: 0,
    state: () => ({ kind: 'ready' }),
    alerts: () => createAlertsView([], [], NOON_MS),
    events: {
      listening: (component, address) => told.push(`${component} listens on ${address}`),
      broke: (component, error) => told.push(`${component} broke: ${String(error)}`),
    },
    now: () => NOON_MS,
    ...options,
  })
  open.push(check)
  return { check, told, url: (path: string) => `http://${check.address()}${path}` }
}

describe('createHealthCheck', () => {
  it('listens when started, and says where', async () => {
    const { check, told } = create()
    expect(check.address()).toBeUndefined()
    await check.start()
    expect(told).toEqual([`health_check listens on ${check.address()}`])
  })

  it.each(['/', '/ready', '/live', '/?verbose'])(
    'answers %s as the Collector does',
    async (path) => {
      let nowMs = NOON_MS
      const { check, url } = create({ now: () => nowMs })
      await check.start()
      nowMs += 3_723_500
      const response = await fetch(url(path))
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('application/json')
      expect(await response.json()).toEqual({
        status: 'Server available',
        upSince: '2026-11-25T12:00:00.000Z',
        uptime: '1h2m3.5s',
      })
    },
  )

  it('is unready with reasons while it could not page, and lives on', async () => {
    const reasons = ['the routing key of exporter pagerduty is refused']
    let state: HealthState = { kind: 'not_ready', reasons }
    const { check, url } = create({ state: () => state })
    await check.start()
    for (const path of ['/', '/ready']) {
      const response = await fetch(url(path))
      expect(response.status).toBe(503)
      expect(await response.json()).toMatchObject({ status: 'Server not available', reasons })
    }
    expect((await fetch(url('/live'))).status).toBe(200)
    expect((await fetch(url('/alerts'))).status).toBe(200)
    state = { kind: 'ready' }
    expect((await fetch(url('/ready'))).status).toBe(200)
  })

  it('shows the alerts of this moment', async () => {
    const status = [alertStatus({ state: 'firing', dedupKey: 'a/b/c' })]
    const view = () => createAlertsView([engineView({ status: () => status })], [], NOON_MS)
    const { check, url } = create({ alerts: view })
    await check.start()
    const response = await fetch(url('/alerts'))
    expect(await response.json()).toEqual(view())
    status.push(alertStatus({ state: 'pending' }))
    expect(await (await fetch(url('/alerts'))).json()).toEqual(view())
    expect(view().alerts).toHaveLength(2)
  })

  it.each([
    ['GET', '/metrics', 404],
    ['POST', '/ready', 405],
    ['HEAD', '/ready', 200],
  ])('answers %s %s with %i', async (method, path, status) => {
    const { check, url } = create()
    await check.start()
    expect((await fetch(url(path), { method })).status).toBe(status)
  })

  it('answers 500 and tells when a reading fails; probes of life go on', async () => {
    const { check, told, url } = create({
      alerts: () => {
        throw new Error('engine gone')
      },
    })
    await check.start()
    expect((await fetch(url('/alerts'))).status).toBe(500)
    expect(told.at(-1)).toBe('health_check broke: Error: engine gone')
    expect((await fetch(url('/live'))).status).toBe(200)
  })

  it('names port and setting when the port is in use', async () => {
    const first = create().check
    await first.start()
    const port = Number(new URL(`http://${first.address()}`).port)
    await expect(create({ id: 'health_check/b', port }).check.start()).rejects.toThrow(
      `cannot listen on localhost:${port} (extensions.health_check/b.endpoint): the port is in use`,
    )
  })

  it('shuts down before start and twice', async () => {
    const { signal } = new AbortController()
    const idle = create().check
    await idle.shutdown(signal)
    const { check } = create()
    await check.start()
    await check.shutdown(signal)
    await check.shutdown(signal)
  })
})
