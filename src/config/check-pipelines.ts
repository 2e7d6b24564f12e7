import { nearest } from '../lib/edit-distance.ts'
import type { Component } from '../pipeline/components.ts'
import { parseComponentId } from './component-id.ts'
import type { Fault, FaultCode } from './fault.ts'
import { signalOf } from './signal.ts'
import { child, nodeAt, type Path, placeOf, type TreeNode } from './tree.ts'

type Members = 'receivers' | 'processors' | 'exporters'

/** Ids that are defined, and what each is. */
export type Definitions = Readonly<
  Record<Members | 'extensions', ReadonlyMap<string, Component<unknown>>>
>

/** A component's id where it is referred to. */
interface Mention {
  readonly id: string
  readonly path: Path
}

/** Checks that pipelines and extensions refer to what is defined, and wire what fits. */
export function checkPipelines(
  tree: TreeNode,
  defined: Definitions,
  report: { readonly faults: Fault[]; readonly warnings: Fault[] },
): void {
  const used = new Set<string>()
  const fault = (code: FaultCode, path: Path, message: string, hint?: string): void => {
    const place = placeOf(tree, path)
    report.faults.push({ code, place, path, message, ...(hint === undefined ? {} : { hint }) })
  }

  function resolve(list: Path, section: keyof Definitions): Mention[] {
    const found: Mention[] = []
    for (const mention of mentions(tree, list)) {
      const { id, path } = mention
      used.add(`${section}.${id}`)
      if (found.some((other) => other.id === id)) fault('reference', path, `names ${id} twice`)
      else if (nodeAt(tree, [section, id]) !== undefined) found.push(mention)
      else fault('reference', path, ...dangling(tree, id, section))
    }
    return found
  }

  resolve(['service', 'extensions'], 'extensions')
  const pipelines = nodeAt(tree, ['service', 'pipelines'])
  for (const id of pipelines?.kind === 'map' ? pipelines.entries.keys() : []) {
    const path = ['service', 'pipelines', id]
    if (signalOf(id) === undefined) {
      fault(
        'pipeline',
        path,
        'is not a pipeline of traces or logs',
        'pipelines are named traces, traces/name, logs or logs/name',
      )
    }
    resolve([...path, 'receivers'], 'receivers')
    const processors = resolve([...path, 'processors'], 'processors')
    const exporters = resolve([...path, 'exporters'], 'exporters')
    const alerting = processors.filter(
      (mention) => defined.processors.get(mention.id)?.role === 'alerting',
    )
    for (const second of alerting.slice(1)) {
      const message = `is a second alerting processor beside ${alerting[0]!.id}`
      fault('pipeline', second.path, message, 'a pipeline has one; make a pipeline for each')
    }
    // One that is named and not defined would stand there: its fault is told already.
    const unknown = processors.length < mentions(tree, [...path, 'processors']).length
    for (const exporter of exporters) {
      const role = defined.exporters.get(exporter.id)?.role
      if (role !== 'takes_alerts' || alerting.length > 0 || unknown) continue
      const message = `takes alerts, and no processor of this pipeline makes any`
      fault('pipeline', exporter.path, message, `add llm_alerting to ${id}'s processors`)
    }
    const takers = exporters.filter(
      (exporter) => defined.exporters.get(exporter.id)?.role === 'takes_alerts',
    )
    if (alerting.length > 0 && exporters.length > 0 && takers.length === 0) {
      const message = 'makes alerts, and no exporter of this pipeline takes them'
      report.warnings.push({
        code: 'unused',
        place: placeOf(tree, alerting[0]!.path),
        path: alerting[0]!.path,
        message,
      })
    }
  }

  // Without a pipeline nothing is used, and that is a fault of its own.
  if (pipelines?.kind !== 'map' || pipelines.entries.size === 0) return
  for (const section of ['receivers', 'processors', 'exporters', 'extensions'] as const) {
    for (const id of defined[section].keys()) {
      if (used.has(`${section}.${id}`)) continue
      const by =
        section === 'extensions' ? 'service.extensions does not name it' : 'no pipeline uses it'
      const path = [section, id]
      const message = `is defined, but ${by}`
      report.warnings.push({ code: 'unused', place: placeOf(tree, path), path, message })
    }
  }
}

/** The strings of a list, where the tree has one. */
function mentions(tree: TreeNode, list: Path): Mention[] {
  const node = nodeAt(tree, list)
  if (node?.kind !== 'list') return []
  return node.items.flatMap((item, at) =>
    item.kind === 'scalar' && item.value !== null ? [{ id: item.text, path: [...list, at] }] : [],
  )
}

function dangling(tree: TreeNode, id: string, section: string): [message: string, hint: string] {
  const node = child(tree, section)
  const ids = node?.kind === 'map' ? [...node.entries.keys()] : []
  const near = nearest(id, ids)
  const list = ids.length === 0 ? `${section} defines nothing` : `defined: ${ids.join(', ')}`
  // A mistyped reference may be a secret that went astray; only what looks like an id is quoted.
  const name = parseComponentId(id) !== undefined && id.length <= 64 ? id : 'something'
  return [
    `refers to ${name}, which ${section} does not define`,
    near === undefined ? list : `did you mean ${near}? ${list}`,
  ]
}
