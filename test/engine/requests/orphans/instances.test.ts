import { describe, expect, it } from 'vitest'
import { instanceKey, Instances } from '../../../../src/engine/requests/orphans/instances.ts'

const MINUTE = 60_000

describe('instances', () => {
  it('are looked at for three minutes after another of their service begins, and then no more', () => {
    const instances = new Instances()
    instances.hear({ service: 'proxy', instance: 'one' }, 0)
    expect(instances.nextCheckMs).toBe(Infinity)
    instances.hear({ service: 'proxy', instance: 'two' }, 1000)
    for (const minute of [1, 2, 3]) {
      expect(instances.nextCheckMs).toBe(1000 + minute * MINUTE)
      expect(instances.takeCheck()).toBe('proxy')
    }
    expect(instances.nextCheckMs).toBe(Infinity)
  })

  it('are looked at from then on when a third begins meanwhile, at the time that was set', () => {
    const instances = new Instances()
    for (const [at, instance] of ['one', 'two', 'three'].entries()) {
      instances.hear({ service: 'proxy', instance }, at * 1000)
    }
    expect(instances.nextCheckMs).toBe(1000 + MINUTE)
  })

  it('are replaced only where their service is among the 10,000 that last had a new one', () => {
    const isReplaced = (others: number): boolean => {
      const instances = new Instances()
      const one = { service: 'proxy', instance: 'one' }
      instances.hear(one, 0)
      instances.hear({ service: 'proxy', instance: 'two' }, 1000)
      for (let at = 0; at < others; at += 1) {
        instances.hear({ service: `s${at}`, instance: 'x' }, 2000)
        instances.hear(one, 2000)
      }
      expect(instances.isSilent(instanceKey(one), 20_000)).toBe(false)
      return instances.isReplaced(instanceKey(one), 'proxy', 20_000)
    }
    expect(isReplaced(9999)).toBe(true)
    expect(isReplaced(10_000)).toBe(false)
  })

  it('of no more than 10,000 services are looked at', () => {
    const instances = new Instances()
    for (let at = 0; at < 10_001; at += 1) {
      instances.hear({ service: `s${at}`, instance: 'one' }, 0)
      instances.hear({ service: `s${at}`, instance: 'two' }, 0)
    }
    const lookedAt = new Set<string>()
    while (instances.nextCheckMs < Infinity) lookedAt.add(instances.takeCheck())
    expect(lookedAt.size).toBe(10_000)
    expect(lookedAt).not.toContain('s10000')
  })
})
