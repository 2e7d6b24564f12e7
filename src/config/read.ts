import { expand, type Surroundings, whyUnreadable } from './expand.ts'
import type { Fault } from './fault.ts'
import { merge } from './merge.ts'
import { parseYaml } from './parse.ts'
import { parseSet } from './set-option.ts'
import type { TreeNode } from './tree.ts'

/** Where a configuration is written. */
export interface ConfigSources extends Surroundings {
  /** YAML files, each laid on those before it. */
  readonly files: readonly string[]
  /** `--set` options, `a.b=value`, laid on the files. */
  readonly sets: readonly string[]
}

/** Reads, merges and expands. What could not be read is `broken`, and its faults are told. */
export function readConfig(sources: ConfigSources): {
  readonly tree: TreeNode
  readonly faults: readonly Fault[]
} {
  const faults: Fault[] = []
  let tree: TreeNode | undefined
  let broken = false
  for (const file of sources.files) {
    const part = readFile(file, sources, faults)
    // Without one of its files nothing sensible can be said of the whole.
    if (part.kind === 'broken') broken = true
    else tree = tree === undefined ? part : merge(tree, part)
  }
  for (const option of sources.sets) {
    const part = parseSet(option, faults)
    if (part !== undefined) tree = tree === undefined ? part : merge(tree, part)
  }
  if (tree === undefined || broken) {
    return { tree: { kind: 'broken', place: { source: sources.files[0] ?? '--set' } }, faults }
  }
  return { tree: expand(tree, sources, faults), faults }
}

function readFile(file: string, sources: ConfigSources, faults: Fault[]): TreeNode {
  const place = { source: file }
  let text
  try {
    // The Collector names files as `file:path` too.
    text = sources.readFile(file.replace(/^file:/, ''))
  } catch (error) {
    const message = `cannot be read: ${whyUnreadable(error)}`
    faults.push({ code: 'unreadable', place, path: [], message })
    return { kind: 'broken', place }
  }
  const tree = parseYaml(text, file, faults)
  if (tree.kind === 'map' || tree.kind === 'broken') return tree
  const message = 'must be a map with the keys receivers, processors, exporters and service'
  faults.push({ code: 'invalid', place: tree.place, path: [], message })
  return { kind: 'broken', place }
}
