import { z } from 'zod'
import { isSecret } from '../lib/schema.ts'
import type { TreeNode } from './tree.ts'

/** What a schema takes, seen from outside: wrappers such as "optional" and "default" taken off. */
export type SchemaKind = 'string' | 'number' | 'boolean' | 'list' | 'map' | 'other'

/** The schemas a value may have: more than one for a union. */
function alternatives(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(alternatives)
  if (schema instanceof z.ZodLazy) return alternatives(schema.unwrap())
  if (schema instanceof z.ZodPipe) return alternatives(schema.in)
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly
  ) {
    return alternatives(schema.unwrap())
  }
  return [schema]
}

function kindOf(schema: z.core.$ZodType): SchemaKind {
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum) return 'string'
  if (schema instanceof z.ZodLiteral) return typeof schema.value === 'string' ? 'string' : 'other'
  if (schema instanceof z.ZodNumber) return 'number'
  if (schema instanceof z.ZodBoolean) return 'boolean'
  if (schema instanceof z.ZodArray) return 'list'
  if (schema instanceof z.ZodObject || schema instanceof z.ZodRecord) return 'map'
  return 'other'
}

export function kindsOf(schema: z.core.$ZodType): ReadonlySet<SchemaKind> {
  return new Set(alternatives(schema).map(kindOf))
}

/** Schema of a key or list item; undefined where the schema knows none. */
export function childSchema(
  schema: z.core.$ZodType | undefined,
  step: string | number,
): z.core.$ZodType | undefined {
  if (schema === undefined) return undefined
  for (const option of alternatives(schema)) {
    if (option instanceof z.ZodArray && typeof step === 'number') return option.element
    if (option instanceof z.ZodRecord) return option.valueType
    if (option instanceof z.ZodObject) {
      const shape: Readonly<Record<string, z.core.$ZodType>> = option.shape
      if (Object.hasOwn(shape, step)) return shape[step]
    }
  }
  return undefined
}

export function schemaAt(
  schema: z.core.$ZodType,
  path: readonly (string | number)[],
): z.core.$ZodType | undefined {
  let found: z.core.$ZodType | undefined = schema
  for (const step of path) found = childSchema(found, step)
  return found
}

/** Keys that a map may have; empty where any are allowed. */
export function keysOf(schema: z.core.$ZodType): string[] {
  return alternatives(schema).flatMap((option) =>
    option instanceof z.ZodObject ? Object.keys(option.shape) : [],
  )
}

/** Whether the values here are secrets. */
export function holdsSecret(schema: z.core.$ZodType): boolean {
  return isSecret(schema) || alternatives(schema).some(isSecret)
}

/**
 * A tree as plain values for its schema: a scalar becomes a string where a string is wanted,
 * whatever YAML takes it for, and a map with nothing in it is an empty map (`http:`).
 */
export function plain(node: TreeNode, schema: z.core.$ZodType | undefined): unknown {
  const kinds = schema === undefined ? new Set<SchemaKind>() : kindsOf(schema)
  switch (node.kind) {
    case 'broken':
      return undefined
    case 'scalar': {
      if (node.value === null) return kinds.has('map') ? {} : undefined
      const kind = typeof node.value === 'number' ? 'number' : 'boolean'
      const asText = typeof node.value === 'string' || !kinds.has(kind)
      return asText && kinds.has('string') ? node.text : node.value
    }
    case 'list':
      if (node.text !== undefined && kinds.has('string') && !kinds.has('list')) return node.text
      return node.items.map((item, at) => plain(item, childSchema(schema, at)))
    case 'map': {
      if (node.text !== undefined && kinds.has('string') && !kinds.has('map')) return node.text
      const entries = [...node.entries].map(([key, entry]) => [
        key,
        plain(entry.value, childSchema(schema, key)),
      ])
      // Object.fromEntries defines, so that a key `__proto__` is a key like any other.
      return Object.fromEntries(entries)
    }
  }
}
