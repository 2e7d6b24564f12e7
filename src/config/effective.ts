import { z } from 'zod'
import { MASK } from '../lib/mask.ts'
import { masked } from './mask.ts'
import { originOf } from './origin.ts'
import { holdsSecret } from './schema-walk.ts'
import { nodeAt, type Path, type TreeNode } from './tree.ts'

/** One setting that is in force. */
export interface EffectiveValue {
  readonly path: Path
  /** As YAML writes it; secrets masked. */
  readonly value: string
  readonly origin: string
}

/** Every setting under `path`, written or not; those that are off without being written are left out. */
export function effectiveValues(
  tree: TreeNode,
  path: Path,
  schema: z.core.$ZodType,
  secrets: readonly string[],
): EffectiveValue[] {
  const node = nodeAt(tree, path)
  const inner = mapBehind(schema)
  if (inner !== undefined && (node === undefined || node.kind === 'map' || isNull(node))) {
    if (node === undefined && schema instanceof z.ZodOptional) return []
    return Object.entries<z.core.$ZodType>(inner.shape).flatMap(([key, below]) =>
      effectiveValues(tree, [...path, key], below, secrets),
    )
  }
  const record = recordBehind(schema)
  if (record !== undefined && node?.kind === 'map') {
    return [...node.entries.keys()].flatMap((key) =>
      effectiveValues(tree, [...path, key], record.valueType, secrets),
    )
  }
  if (node !== undefined && !isNull(node)) {
    const value = holdsSecret(schema) ? MASK : formatValue(masked(node, schema, secrets))
    return [{ path, value, origin: originOf(tree, path) }]
  }
  const preset = defaultOf(schema)
  return preset === undefined ? [] : [{ path, value: formatValue(preset), origin: 'default' }]
}

/** Compact, on one line: `[a, b]`, `60`, `localhost:4317`. */
function formatValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatValue).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).map(([key, item]) => `${key}: ${formatValue(item)}`)
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
  }
  return String(value)
}

function isNull(node: TreeNode): boolean {
  return node.kind === 'scalar' && node.value === null
}

function mapBehind(schema: z.core.$ZodType): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema
  const wrapped = schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault
  return wrapped ? mapBehind(schema.unwrap()) : undefined
}

function recordBehind(schema: z.core.$ZodType): z.ZodRecord | undefined {
  return schema instanceof z.ZodRecord ? schema : undefined
}

function defaultOf(schema: z.core.$ZodType): unknown {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return schema.def.defaultValue
  }
  return undefined
}
