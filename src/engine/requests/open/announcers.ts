import type { Announcer } from '../../../model/record.ts'
import { SharedValues } from './shared-values.ts'

/** So many boot ids of an instance are told apart. */
const MAX_REPLACED = 8
/** A heartbeat may be missed twice. Source: the announcement protocol, docs/announcements.md. */
const LEASE_HEARTBEATS = 3

/** One process that announces spans, as long as it has open ones. */
export interface KnownAnnouncer extends Announcer {
  /** The longest that it promised for a span; 0 = no lease. */
  heartbeatMs: number
  /** When anything was last announced by it, ms. */
  heardMs: number
  /** It was found dead; said once. */
  lost: boolean
  /** Boot ids of processes of its instance that it replaced, or that go on beside it. */
  replaced: readonly string[]
}

/** Tells announcers apart. */
export function announcerKey({ service, instance, boot }: Announcer): string {
  return JSON.stringify([service, instance, boot])
}

/** How many open spans a service has. */
interface Tally {
  open: number
}

export class Announcers {
  readonly #all = new SharedValues<KnownAnnouncer>()
  readonly #tallies = new Map<string, Tally>()
  /** The tally of each announcer's service, by index. */
  readonly #tallyOf: Tally[] = []
  /** Announcers of one instance, which are its process and those that it replaced. */
  readonly #ofInstance = new Map<string, Set<number>>()
  /** What an announcer is to know of those that go before it is added. */
  #heirloom: { readonly key: string; readonly replaced: readonly string[] } | undefined
  readonly #maxLeaseMs: number

  /** However long a heartbeat is, no lease is longer than `maxLeaseMs`. */
  constructor(maxLeaseMs: number) {
    this.#maxLeaseMs = maxLeaseMs
  }

  /** Open spans of one announcer. */
  usesOf(index: number): number {
    return this.#all.usesOf(index)
  }

  /** Is this announcer known? By its key, see {@link announcerKey}. */
  has(key: string): boolean {
    return this.#all.indexOf(key) !== undefined
  }

  openOf(service: string): number {
    return this.#tallies.get(service)?.open ?? 0
  }

  get(index: number): KnownAnnouncer {
    return this.#all.get(index)
  }

  /** One more open span of it. */
  use(key: string, of: Announcer, heartbeatMs: number, nowMs: number): number {
    const known = this.#all.indexOf(key)
    const index = this.#all.use(key, () => {
      return { ...of, heartbeatMs, heardMs: nowMs, lost: false, replaced: this.#takeHeirloom(key) }
    })
    if (known === undefined) this.#add(index, of)
    this.#tallyOf[index]!.open += 1
    this.hear(index, heartbeatMs, nowMs)
    return index
  }

  hear(index: number, heartbeatMs: number, nowMs: number): void {
    const of = this.#all.get(index)
    of.heartbeatMs = Math.max(of.heartbeatMs, heartbeatMs)
    of.heardMs = nowMs
    of.lost = false
  }

  /** One open span less. */
  release(index: number): void {
    const tally = this.#tallyOf[index]!
    tally.open -= 1
    if (this.#all.usesOf(index) === 1) this.#remove(index, tally)
    this.#all.release(index)
  }

  /**
   * Former processes of the instance of an unknown announcer: a new boot id means that they ended.
   * Not those that replaced it themselves: two that take turns live side by side.
   */
  former(announcer: Announcer): number[] {
    const { instance, boot } = announcer
    if (instance === '' || boot === '') return []
    const others = [...(this.#ofInstance.get(instanceKey(announcer)) ?? [])]
    const former = others.filter((index) => !this.#all.get(index).replaced.includes(boot))
    const boots = others.map((index) => this.#all.get(index).boot)
    const before = former.flatMap((index) => this.#all.get(index).replaced)
    const replaced = [...boots, ...before].slice(0, MAX_REPLACED)
    this.#heirloom = { key: announcerKey(announcer), replaced }
    return former
  }

  /** When the lease of a span ends that was last heard of at `heardMs`; Infinity = it has none. */
  leaseEndMs(index: number, heardMs: number): number {
    const { heartbeatMs } = this.#all.get(index)
    if (heartbeatMs === 0) return Infinity
    return heardMs + Math.min(LEASE_HEARTBEATS * heartbeatMs, this.#maxLeaseMs)
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
    this.#all.get(index).replaced = of.replaced
    return index
  }

  restart(nowMs: number): void {
    for (const [, of] of this.#all.values()) of.heardMs = nowMs
  }

  #takeHeirloom(key: string): readonly string[] {
    const heirloom = this.#heirloom
    this.#heirloom = undefined
    return heirloom?.key === key ? heirloom.replaced : []
  }

  #add(index: number, announcer: Announcer): void {
    const { service } = announcer
    const tally = this.#tallies.get(service) ?? { open: 0 }
    this.#tallies.set(service, tally)
    this.#tallyOf[index] = tally
    const key = instanceKey(announcer)
    const ofInstance = this.#ofInstance.get(key) ?? new Set()
    this.#ofInstance.set(key, ofInstance.add(index))
  }

  #remove(index: number, tally: Tally): void {
    const announcer = this.#all.get(index)
    if (tally.open === 0) this.#tallies.delete(announcer.service)
    const key = instanceKey(announcer)
    const ofInstance = this.#ofInstance.get(key)!
    ofInstance.delete(index)
    if (ofInstance.size === 0) this.#ofInstance.delete(key)
  }
}

function instanceKey({ service, instance }: Announcer): string {
  return JSON.stringify([service, instance])
}
