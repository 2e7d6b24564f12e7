import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createPagerDutyStandIn,
  STAND_IN_ROUTING_KEY,
} from '../../../examples/pagerduty-stand-in/stand-in.ts'
import type { PagerDutyStandIn } from '../../../examples/pagerduty-stand-in/stand-in.ts'
import { sendTestEvent } from '../../../src/exporter/pagerduty/test-event.ts'

let standIn: PagerDutyStandIn

beforeEach(async () => {
  standIn = createPagerDutyStandIn()
  await standIn.start()
})

afterEach(() => standIn.close())

function send(page: boolean, routingKey = STAND_IN_ROUTING_KEY, timeoutMs = 10_000) {
  return sendTestEvent(
    { routingKey, endpoint: standIn.url, timeoutMs, links: [] },
    { page, signal: new AbortController().signal },
  )
}

describe('sendTestEvent', () => {
  it('pages nobody by default', async () => {
    expect(await send(false)).toEqual({
      kind: 'ok',
      message: 'PagerDuty accepted a change event; nobody was paged',
    })
    expect(standIn.events()).toMatchObject([{ path: '/v2/change/enqueue', effect: 'change' }])
  })

  it('opens and resolves an incident when told to page', async () => {
    expect(await send(true)).toMatchObject({ kind: 'ok' })
    expect(standIn.incidents()).toMatchObject([{ status: 'resolved', severity: 'info' }])
    await send(true)
    expect(standIn.incidents()).toHaveLength(2)
  })

  it.each([false, true])('says what to check when the key is refused (page %s)', async (page) => {
    const key = 'R0uting0Key0of0thirty0two0signs0'
    const result = await send(page, key)
    expect(result).toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(/Invalid routing key; check that routing_key/),
    })
    expect(result.message).not.toContain(key)
    expect(standIn.events()).toHaveLength(1)
  })

  it('resolves a trigger that may have been taken without an answer', async () => {
    standIn.fault({ kind: 'accept_then_reset' })
    expect(await send(true)).toMatchObject({ kind: 'failed' })
    expect(standIn.incidents()).toMatchObject([{ status: 'resolved' }])
  })

  it('says which incident stays open when its resolve is not taken', async () => {
    standIn.fault({ kind: 'status', status: 503 }, { only: 'resolve' })
    const result = await send(true)
    expect(result).toMatchObject({ kind: 'failed', message: expect.stringContaining('by hand') })
    expect(result.message).toContain(standIn.incidents()[0]?.dedupKey)
  })

  it('gives up in time and leaves no connection behind', async () => {
    standIn.fault({ kind: 'hang' })
    expect(await send(false, STAND_IN_ROUTING_KEY, 50)).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('no answer in time'),
    })
    await standIn.waitFor(() => standIn.connections() === 0)
  })
})
