import { EXTENSIONS, type ExtensionSettings } from '../pipeline/components.ts'
import { checkComponents } from './check-components.ts'
import { type Fault, inReadingOrder } from './fault.ts'
import { type ConfigSources, readConfig } from './read.ts'
import { nodeAt, type Path, type TreeNode } from './tree.ts'

export type HealthEndpoint =
  | { readonly kind: 'found'; readonly address: ExtensionSettings['options'] }
  /** No extension that `service.extensions` names has one. */
  | { readonly kind: 'none' }
  | { readonly kind: 'faults'; readonly faults: readonly Fault[] }

/**
 * Where a spanpager of this configuration answers for its health. Of the rest nothing is asked, so
 * that a shell without its secrets will do.
 */
export function readHealthEndpoint(sources: ConfigSources): HealthEndpoint {
  const { tree, faults: read } = readConfig(sources)
  const ofAll = read.filter(({ path }) => path.length === 0)
  if (tree.kind === 'broken' || ofAll.length > 0) return { kind: 'faults', faults: ofAll }
  const report = { faults: [...read], warnings: [] }
  const { settings } = checkComponents(tree, 'extensions', EXTENSIONS, report)
  for (const id of namedExtensions(tree)) {
    const found = settings.get(id)
    // What could not be read counts as not written, and the default would be taken.
    const sure = !read.some(({ path }) => meets(path, ['extensions', id]))
    if (found !== undefined && sure) return { kind: 'found', address: found.options }
  }
  const faults = report.faults.filter(
    ({ path }) => meets(path, ['extensions']) || meets(path, ['service', 'extensions']),
  )
  return faults.length === 0 ? { kind: 'none' } : { kind: 'faults', faults: inReadingOrder(faults) }
}

function namedExtensions(tree: TreeNode): string[] {
  const list = nodeAt(tree, ['service', 'extensions'])
  if (list?.kind !== 'list') return []
  return list.items.flatMap((item) => (item.kind === 'scalar' ? [item.text] : []))
}

/** One leads to or through the other. */
function meets(path: Path, other: Path): boolean {
  return other.every((step, at) => at >= path.length || path[at] === step)
}
