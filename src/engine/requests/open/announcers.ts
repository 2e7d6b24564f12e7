import type { Announcer } from '../../../model/record.ts'
import { SharedValues } from './shared-values.ts'

/** A heartbeat may be missed twice. Source: the announcement protocol, docs/announcements.md. */
const LEASE_HEARTBEATS = 3

/** One process that announces spans, as long as it has open ones. */
export interface KnownAnnouncer extends Announcer {
  /** Of its latest announcement; 0 = no lease. */
  heartbeatMs: number
  /** When anything was last announced by it, ms. */
  heardMs: number
  /** It was found dead; said once. */
  lost: boolean
}

/** Tells announcers apart. */
export function announcerKey({ service, instance, boot }: Announcer): string {
  return JSON.stringify([service, instance, boot])
}

export class Announcers {
  readonly #all = new SharedValues<KnownAnnouncer>()
  /** Open spans per service. */
  readonly #perService = new Map<string, number>()

  /** Open spans of one announcer. */
  usesOf(index: number): number {
    return this.#all.usesOf(index)
  }

  openOf(service: string): number {
    return this.#perService.get(service) ?? 0
  }

  get(index: number): KnownAnnouncer {
    return this.#all.get(index)
  }

  /** One more open span of it. */
  use(key: string, of: Announcer, heartbeatMs: number, nowMs: number): number {
    this.#perService.set(of.service, this.openOf(of.service) + 1)
    const index = this.#all.use(key, () => ({
      ...of,
      heartbeatMs,
      heardMs: nowMs,
      lost: false,
    }))
    this.hear(index, heartbeatMs, nowMs)
    return index
  }

  hear(index: number, heartbeatMs: number, nowMs: number): void {
    const of = this.#all.get(index)
    of.heartbeatMs = heartbeatMs
    of.heardMs = nowMs
    of.lost = false
  }

  /** One open span less. */
  release(index: number): void {
    const { service } = this.#all.get(index)
    const left = this.openOf(service) - 1
    if (left === 0) this.#perService.delete(service)
    else this.#perService.set(service, left)
    this.#all.release(index)
  }

  /** Former processes of an instance: a new boot id means that they ended. */
  former({ service, instance, boot }: Announcer): number[] {
    if (instance === '' || boot === '') return []
    const former: number[] = []
    for (const [index, of] of this.#all.values()) {
      if (of.service === service && of.instance === instance && of.boot !== boot) former.push(index)
    }
    return former
  }

  /** When the lease of a span ends that was last heard of at `heardMs`; Infinity = it has none. */
  leaseEndMs(index: number, heardMs: number): number {
    const { heartbeatMs } = this.#all.get(index)
    return heartbeatMs === 0 ? Infinity : heardMs + LEASE_HEARTBEATS * heartbeatMs
  }

  /**
   * A lease ended. `lost`: its process was heard of after it should have announced this span again.
   * `instance_lost`: its process is silent altogether, for as long as a lease. Else: too early to
   * tell, when to look again, ms.
   */
  judge(index: number, heardMs: number, nowMs: number): 'lost' | 'instance_lost' | number {
    const of = this.#all.get(index)
    if (of.heardMs - heardMs >= of.heartbeatMs) return 'lost'
    const silentMs = this.leaseEndMs(index, of.heardMs)
    return nowMs >= silentMs ? 'instance_lost' : silentMs
  }

  values(): Iterable<readonly [number, KnownAnnouncer]> {
    return this.#all.values()
  }

  /** As it was when the snapshot was taken. */
  restore(of: KnownAnnouncer): number {
    const index = this.use(announcerKey(of), of, of.heartbeatMs, of.heardMs)
    this.#all.get(index).lost = of.lost
    return index
  }

  restart(nowMs: number): void {
    for (const [, of] of this.#all.values()) of.heardMs = nowMs
  }
}
