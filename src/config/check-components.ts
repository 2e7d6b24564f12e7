import type { Component } from '../pipeline/components.ts'
import { parseComponentId } from './component-id.ts'
import type { Fault } from './fault.ts'
import { issuesToFaults, unknownKey } from './issues.ts'
import { plain } from './schema-walk.ts'
import { child, placeOf, type TreeNode } from './tree.ts'

export type Section = 'receivers' | 'processors' | 'exporters' | 'extensions'

export const SECTIONS: readonly Section[] = ['receivers', 'processors', 'exporters', 'extensions']

/** What one section of the configuration defines. */
export interface Defined<Settings> {
  /** Every id that is written and whose type exists, whether or not the rest is right. */
  readonly components: ReadonlyMap<string, Component<Settings>>
  /** Those without a fault. */
  readonly settings: ReadonlyMap<string, Settings>
}

/** Checks each component of a section against its schema. */
export function checkComponents<Settings>(
  tree: TreeNode,
  section: Section,
  known: readonly Component<Settings>[],
  report: { readonly faults: Fault[]; readonly warnings: Fault[] },
): Defined<Settings> {
  const components = new Map<string, Component<Settings>>()
  const settings = new Map<string, Settings>()
  const node = child(tree, section)
  if (node === undefined || node.kind === 'broken') return { components, settings }
  if (node.kind !== 'map') {
    if (node.kind === 'scalar' && node.value === null) return { components, settings }
    const message = `must be a map of ${section}, by id`
    report.faults.push({
      code: 'invalid',
      place: placeOf(tree, [section]),
      path: [section],
      message,
    })
    return { components, settings }
  }
  for (const [id, entry] of node.entries) {
    const path = [section, id]
    const parsed = parseComponentId(id)
    if (parsed === undefined) {
      const message = 'is not an id of the form type or type/name'
      report.faults.push({ code: 'invalid', place: entry.place, path, message })
      continue
    }
    const component = known.find(({ type }) => type === parsed.type)
    if (component === undefined) {
      const types = known.map(({ type }) => type)
      report.faults.push(unknownKey(tree, path, types, 'unknown_component'))
      continue
    }
    components.set(id, component)
    const configured = component.configure(id, plain(entry.value, component.schema))
    if (configured.kind === 'issues') {
      report.faults.push(...issuesToFaults(configured.issues, component.schema, tree, path))
      continue
    }
    settings.set(id, configured.settings)
    for (const { path: below, message } of configured.warnings) {
      const whole = [...path, ...below]
      report.warnings.push({ code: 'conflict', place: placeOf(tree, whole), path: whole, message })
    }
  }
  return { components, settings }
}
