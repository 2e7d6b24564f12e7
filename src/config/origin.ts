import { formatPlace } from './fault.ts'
import { isBroken, nodeAt, type Path, type TreeNode } from './tree.ts'

/** Where a value comes from, for humans: `default`, `otel-config.yaml:12`, `environment X (...)`. */
export function originOf(tree: TreeNode, path: Path): string {
  const node = isBroken(tree, path) ? undefined : nodeAt(tree, path)
  if (node === undefined || (node.kind === 'scalar' && node.value === null)) return 'default'
  const place = formatPlace(node.place)
  const from = (node.from ?? []).map(({ scheme, name, defaulted }) =>
    scheme === 'file'
      ? `file ${name}`
      : `environment ${name}${defaulted ? ', not set: its default' : ''}`,
  )
  return from.length === 0 ? place : `${place} (${from.join('; ')})`
}
