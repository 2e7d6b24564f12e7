import { isAlias, isMap, isScalar, isSeq, type ParsedNode } from 'yaml'
import type { Place } from './fault.ts'
import type { MapEntry, TreeNode } from './tree.ts'

/** More nodes than any configuration has: bounds what aliases can blow up. */
const MAX_NODES = 100_000
const MAX_DEPTH = 64

/** Turns what the YAML parser gives into a tree, aliases and merge keys resolved. */
export interface Converter {
  convert(node: ParsedNode | null, above: Place): TreeNode
  /** Where the bound on size or depth was reached, if it was. */
  readonly tooLargeAt: Place | undefined
}

export function createConverter(placeAt: (offset: number) => Place): Converter {
  const anchors = new Map<string, ParsedNode>()
  let nodes = 0
  let tooLargeAt: Place | undefined

  function convert(node: ParsedNode | null, depth: number, above: Place): TreeNode {
    const place = node === null ? above : placeAt(node.range[0])
    nodes += 1
    if (nodes > MAX_NODES || depth > MAX_DEPTH) {
      tooLargeAt ??= place
      return { kind: 'broken', place }
    }
    // An anchor counts for what follows it, and may be given anew.
    if (isAlias(node)) return convert(anchors.get(node.source) ?? null, depth + 1, place)
    if (typeof node?.anchor === 'string') anchors.set(node.anchor, node)
    if (isSeq<ParsedNode>(node)) {
      const items = node.items.map((item) => convert(item, depth + 1, place))
      return { kind: 'list', place, items }
    }
    if (isMap<ParsedNode, ParsedNode | null>(node)) {
      const merged: [string, MapEntry][] = []
      const own: [string, MapEntry][] = []
      for (const pair of node.items) {
        const key = isScalar(pair.key) ? String(pair.key.value) : ''
        const keyPlace = placeAt(pair.key.range[0])
        const value = convert(pair.value, depth + 1, keyPlace)
        if (key === '<<') merged.push(...mergedEntries(value))
        else own.push([key, { place: keyPlace, value }])
      }
      return { kind: 'map', place, entries: new Map([...merged, ...own]) }
    }
    return isScalar(node)
      ? scalar(node.value, node.source, place)
      : { kind: 'scalar', place, value: null, text: '' }
  }

  return {
    convert: (node, above) => convert(node, 0, above),
    get tooLargeAt() {
      return tooLargeAt
    },
  }
}

/** What `<<` brings; of several maps the first wins, so it comes last. */
function mergedEntries(value: TreeNode): [string, MapEntry][] {
  const bases = value.kind === 'list' ? value.items.toReversed() : [value]
  return bases.flatMap((base) => (base.kind === 'map' ? [...base.entries] : []))
}

function scalar(value: unknown, source: string, place: Place): TreeNode {
  if (typeof value === 'string') return { kind: 'scalar', place, value, text: value }
  const plain = typeof value === 'number' || typeof value === 'boolean' || value === null
  return { kind: 'scalar', place, value: plain ? value : source, text: source }
}
