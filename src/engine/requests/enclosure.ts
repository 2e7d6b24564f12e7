import { FATE, type SpanMemory } from './span-memory.ts'
import { NONE } from './span-table.ts'

/** How many requests of one trace are looked at. */
const MAX_TRACE_WALK = 1000
const NO_SLOTS: readonly number[] = []

/*
 * The rule of time, for spans whose parents are lost: what lies in time inside a request of the same
 * trace and resource is an attempt of it, unless both have the same parent.
 */

/** The innermost request, decided or waiting, that encloses a span; NONE = there is none. */
export function enclosing(memory: SpanMemory, slot: number): number {
  let best = NONE
  for (const other of inTrace(memory, slot)) {
    if (memory.table.state[other] === FATE.done || !encloses(memory, other, slot)) continue
    if (best === NONE || encloses(memory, best, other)) best = other
  }
  return best
}

/** Requests that were decided early and that a request encloses: they are its attempts. */
export function enclosedEarly(memory: SpanMemory, slot: number): readonly number[] {
  if (memory.early.size === 0 || memory.table.isAloneInTrace(slot)) return NO_SLOTS
  return [...inTrace(memory, slot)].filter(
    (other) => memory.early.has(other) && encloses(memory, slot, other),
  )
}

function* inTrace({ table }: SpanMemory, slot: number): Generator<number> {
  let other = table.firstInTrace(slot)
  for (let step = 0; step < MAX_TRACE_WALK && other !== NONE; step += 1) {
    if (other !== slot && table.sameTrace(other, slot)) yield other
    other = table.nextInTrace(other)
  }
}

function encloses({ table }: SpanMemory, outer: number, inner: number): boolean {
  const { endNano, durationNano, producer, parentIds } = table
  const outerStart = endNano[outer]! - durationNano[outer]!
  const innerStart = endNano[inner]! - durationNano[inner]!
  return (
    outerStart <= innerStart &&
    endNano[inner]! <= endNano[outer]! &&
    producer[outer] === producer[inner] &&
    (parentIds[outer * 2] !== parentIds[inner * 2] ||
      parentIds[outer * 2 + 1] !== parentIds[inner * 2 + 1])
  )
}
