import type { AttributeColumns, AttributeValue, Span } from '../model/span.ts'
import type { LlmRoutes } from './llm-route.ts'
import type { OwnershipTest } from './preset.ts'
import { compileSpanTest } from './span-test.ts'

/** Whose spans: one entry per owner, each with tests of which one must hold. */
export interface OwnerTests<T> {
  readonly owner: T
  readonly owns: readonly OwnershipTest[]
}

/**
 * Gives the first owner of a span. Depends on scope and resource only, and OTLP groups spans by
 * these, so the last answer is nearly always the next one.
 */
export function createOwnership<T>(
  tests: readonly OwnerTests<T>[],
  columns: AttributeColumns,
  routes: LlmRoutes,
): (span: Span) => T | undefined {
  const owners = tests.map(({ owner, owns }) => ({
    owner,
    test: compileSpanTest({ any: owns }, columns, routes),
  }))
  const keys = new Set(
    tests.flatMap(({ owns }) => owns.flatMap(({ resource }) => Object.keys(resource ?? {}))),
  )
  const consulted = [...keys].map((key) => columns.of(key))
  const lastValues: (AttributeValue | undefined)[] = consulted.map(() => undefined)
  let lastScope: string | undefined
  let lastOwner: T | undefined

  const isLast = (span: Span): boolean => {
    if (span.scopeName !== lastScope) return false
    for (let index = 0; index < consulted.length; index++) {
      if (span.resourceAttribute(consulted[index]!) !== lastValues[index]) return false
    }
    return true
  }

  return (span) => {
    if (!isLast(span)) {
      lastScope = span.scopeName
      for (let index = 0; index < consulted.length; index++) {
        lastValues[index] = span.resourceAttribute(consulted[index]!)
      }
      lastOwner = owners.find(({ test }) => test(span))?.owner
    }
    return lastOwner
  }
}
