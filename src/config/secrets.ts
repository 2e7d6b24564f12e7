import { EXPORTERS, EXTENSIONS, PROCESSORS, RECEIVERS } from '../pipeline/components.ts'
import { SECTIONS, type Section } from './check-components.ts'
import { parseComponentId } from './component-id.ts'
import { childSchema, holdsSecret } from './schema-walk.ts'
import { serviceConfig } from './service-config.ts'
import type { TreeNode } from './tree.ts'

/** The schema of what is written under a section's id; undefined where nothing is known. */
export function schemaOf(section: Section, id: string): ReturnType<typeof childSchema> {
  const components = {
    receivers: RECEIVERS,
    processors: PROCESSORS,
    exporters: EXPORTERS,
    extensions: EXTENSIONS,
  }
  const type = parseComponentId(id)?.type
  return components[section].find((component) => component.type === type)?.schema
}

/** Values that stand where a secret is wanted. */
export function secretsOf(tree: TreeNode): string[] {
  const found = new Set<string>()
  function walk(node: TreeNode, schema: ReturnType<typeof childSchema>): void {
    if (schema === undefined) return
    if (node.kind === 'map') {
      for (const [key, entry] of node.entries) walk(entry.value, childSchema(schema, key))
    } else if (node.kind === 'list') {
      for (const [at, item] of node.items.entries()) walk(item, childSchema(schema, at))
    } else if (node.kind === 'scalar' && node.text !== '' && holdsSecret(schema)) {
      found.add(node.text)
    }
  }
  if (tree.kind !== 'map') return []
  for (const section of SECTIONS) {
    const node = tree.entries.get(section)?.value
    if (node?.kind !== 'map') continue
    for (const [id, entry] of node.entries) walk(entry.value, schemaOf(section, id))
  }
  const service = tree.entries.get('service')?.value
  if (service !== undefined) walk(service, serviceConfig)
  return [...found]
}
