import { MASK, maskSecrets } from '../lib/mask.ts'
import { parseComponentId } from './component-id.ts'
import { SECTIONS, type Section } from './check-components.ts'
import { childSchema, holdsSecret, plain } from './schema-walk.ts'
import { schemaOf, secretsOf } from './secrets.ts'
import { serviceConfig } from './service-config.ts'
import type { TreeNode } from './tree.ts'

type Schema = ReturnType<typeof childSchema>

/**
 * A configuration as plain values that may be shown. Masked are secrets, wherever they come up,
 * passwords in URLs, and all that stands where no schema says what it is: a mistyped key may have a
 * secret for its value.
 */
export function maskedConfig(tree: TreeNode): unknown {
  const secrets = secretsOf(tree)
  if (tree.kind !== 'map') return {}
  const top = [...tree.entries].map(([key, { value }]) => {
    if (key === 'service') return [key, masked(value, serviceConfig, secrets)]
    const section = SECTIONS.find((name) => name === key)
    return [key, section === undefined ? hidden(value) : maskedSection(value, section, secrets)]
  })
  return Object.fromEntries(top)
}

function maskedSection(node: TreeNode, section: Section, secrets: readonly string[]): unknown {
  if (node.kind !== 'map') return hidden(node)
  const components = [...node.entries].map(([id, { value }]) => [
    parseComponentId(id) === undefined ? MASK : id,
    masked(value, schemaOf(section, id), secrets),
  ])
  return Object.fromEntries(components)
}

/** One node, as {@link maskedConfig} shows it. */
export function masked(node: TreeNode, schema: Schema, secrets: readonly string[]): unknown {
  if (schema === undefined) return hidden(node)
  switch (node.kind) {
    case 'broken':
      return node.written ?? null
    case 'list':
      return node.items.map((item, at) => masked(item, childSchema(schema, at), secrets))
    case 'map': {
      const entries = [...node.entries].map(([key, { value }]) => [
        key,
        masked(value, childSchema(schema, key), secrets),
      ])
      return Object.fromEntries(entries)
    }
    case 'scalar': {
      if (node.value === null) return null
      if (holdsSecret(schema)) return MASK
      const value = plain(node, schema)
      if (typeof value !== 'string') return value
      const text = value.replace(/(:\/\/)[^/@\s]+@/, `$1${MASK}@`)
      return maskSecrets(text, secrets)
    }
  }
}

function hidden(node: TreeNode): unknown {
  if (node.kind === 'scalar' && node.value === null) return null
  if (node.kind === 'list') return node.items.map(hidden)
  if (node.kind !== 'map') return MASK
  return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, hidden(value)]))
}
