import type { Place } from './fault.ts'

/**
 * A configuration as it was written, after YAML and before schemas: every node knows where it
 * stands, so that a fault found later can say so.
 */
export type TreeNode = MapNode | ListNode | ScalarNode | BrokenNode

interface NodeBase {
  readonly place: Place
  /** The `${...}` it came from, as written; absent when it stands there itself. */
  readonly written?: string
  /** Names of the environment variables and files in it. */
  readonly from?: readonly Reference[]
}

export interface Reference {
  readonly scheme: 'env' | 'file'
  readonly name: string
  /** The variable was not set and the default after `:-` was taken. */
  readonly defaulted: boolean
}

interface MapNode extends NodeBase {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, MapEntry>
  /** For a value that came from a variable: its text, for places that want a string. */
  readonly text?: string
}

export interface MapEntry {
  /** Where the key stands. */
  readonly place: Place
  readonly value: TreeNode
}

interface ListNode extends NodeBase {
  readonly kind: 'list'
  readonly items: readonly TreeNode[]
  readonly text?: string
}

export interface ScalarNode extends NodeBase {
  readonly kind: 'scalar'
  /** By YAML's rules for plain scalars. */
  readonly value: string | number | boolean | null
  /** The same as text: `007` is the number 7, and where a string is wanted it is "007". */
  readonly text: string
}

/** Its fault is reported already: nothing more is to be said about it. */
interface BrokenNode extends NodeBase {
  readonly kind: 'broken'
}

export type Path = readonly (string | number)[]

export function child(node: TreeNode | undefined, step: string | number): TreeNode | undefined {
  if (node?.kind === 'map') return node.entries.get(String(step))?.value
  if (node?.kind === 'list' && typeof step === 'number') return node.items[step]
  return undefined
}

export function nodeAt(root: TreeNode, path: Path): TreeNode | undefined {
  let node: TreeNode | undefined = root
  for (const step of path) node = child(node, step)
  return node
}

/** Where `path` stands: its key, else the nearest thing above it that exists. */
export function placeOf(root: TreeNode, path: Path): Place {
  let node: TreeNode = root
  let place = root.place
  for (const step of path) {
    const next = child(node, step)
    if (next === undefined) break
    place = node.kind === 'map' ? node.entries.get(String(step))!.place : next.place
    node = next
  }
  return place
}

/** Whether `path` leads to or through something whose fault is reported already. */
export function isBroken(root: TreeNode, path: Path): boolean {
  let node: TreeNode | undefined = root
  for (const step of path) {
    if (node?.kind === 'broken') return true
    node = child(node, step)
  }
  return node?.kind === 'broken'
}
