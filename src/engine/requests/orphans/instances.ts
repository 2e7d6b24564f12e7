import type { Producer } from '../../../model/record.ts'

/** An instance that sent nothing for longer may be dead: then silence says nothing. */
const SILENT_AFTER_MS = 60_000
/** Exporters of a process with traffic send more often than that. */
const QUIET_AFTER_MS = 10_000
/** A successor may begin that long before the old process is ended: rolling deploys, draining. */
const OVERLAP_MS = 120_000
/** How often after a new instance is looked for what it replaced. */
const CHECK_EVERY_MS = 60_000
const CHECKS = 3
/** An instance not heard of for longer is new when it speaks again. */
const FORGET_AFTER_MS = 3_600_000
const MAX_INSTANCES = 10_000

interface Heard {
  readonly firstMs: number
  readonly lastMs: number
}

/** An instance of a service, and when it was first heard of. */
interface Newcomer {
  readonly instance: string
  readonly firstMs: number
}

interface Check {
  readonly atMs: number
  readonly left: number
}

export interface InstancesSnapshot {
  readonly heard: readonly (readonly [string, Heard])[]
  readonly newest: readonly (readonly [string, readonly Newcomer[]])[]
  readonly checks: readonly (readonly [string, Check])[]
}

/** One text per producer. */
export function instanceKey({ service, instance }: Producer): string {
  return `${service}\0${instance}`
}

/**
 * Which instances speak. One that falls silent about when another of its service appears was replaced
 * by it: a deploy, or a restart after a crash. What was open in it ended with it.
 */
export class Instances {
  /** Longest silent first. */
  readonly #heard: Map<string, Heard>
  /** The two newest instances per service, the newest first; services longest without one first. */
  readonly #newest: Map<string, readonly Newcomer[]>
  /** Services with a new instance, in the order of the times at which to look at them. */
  readonly #checks: Map<string, Check>

  constructor(kept?: InstancesSnapshot) {
    this.#heard = new Map(kept?.heard)
    this.#newest = new Map(kept?.newest)
    this.#checks = new Map(kept?.checks)
  }

  hear(producer: Producer, nowMs: number): void {
    const instance = instanceKey(producer)
    const known = this.#heard.get(instance)
    this.#heard.delete(instance)
    this.#heard.set(instance, { firstMs: known?.firstMs ?? nowMs, lastMs: nowMs })
    if (known === undefined) this.#welcome(producer.service, { instance, firstMs: nowMs })
    for (const [oldest, { lastMs }] of this.#heard) {
      if (lastMs + FORGET_AFTER_MS >= nowMs && this.#heard.size <= MAX_INSTANCES) return
      this.#heard.delete(oldest)
    }
  }

  isSilent(instance: string, nowMs: number): boolean {
    const heard = this.#heard.get(instance)
    return heard === undefined || nowMs - heard.lastMs > SILENT_AFTER_MS
  }

  isReplaced(instance: string, service: string, nowMs: number): boolean {
    const heard = this.#heard.get(instance)
    if (heard === undefined || nowMs - heard.lastMs <= QUIET_AFTER_MS) return false
    const newest = this.#newest.get(service)?.find((other) => other.instance !== instance)
    if (newest === undefined || newest.firstMs <= heard.firstMs) return false
    return newest.firstMs >= heard.lastMs - OVERLAP_MS
  }

  /** When to look for replaced instances next; Infinity = there is no reason to. */
  get nextCheckMs(): number {
    return this.#checks.values().next().value?.atMs ?? Infinity
  }

  /** The service to look at when {@link nextCheckMs} has come. */
  takeCheck(): string {
    const [service, { atMs, left }] = this.#checks.entries().next().value!
    this.#checks.delete(service)
    if (left > 1) this.#checks.set(service, { atMs: atMs + CHECK_EVERY_MS, left: left - 1 })
    return service
  }

  /** JSON-serialisable. */
  snapshot(): InstancesSnapshot {
    return { heard: [...this.#heard], newest: [...this.#newest], checks: [...this.#checks] }
  }

  #welcome(service: string, newcomer: Newcomer): void {
    const others = this.#newest.get(service) ?? []
    this.#newest.delete(service)
    this.#newest.set(service, [newcomer, ...others].slice(0, 2))
    if (this.#newest.size > MAX_INSTANCES) {
      this.#newest.delete(this.#newest.keys().next().value!)
    }
    if (others.length === 0) return
    const atMs = this.#checks.get(service)?.atMs ?? newcomer.firstMs + CHECK_EVERY_MS
    if (!this.#checks.has(service) && this.#checks.size >= MAX_INSTANCES) return
    this.#checks.set(service, { atMs, left: CHECKS })
  }
}
