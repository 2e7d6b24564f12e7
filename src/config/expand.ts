import { nearest } from '../lib/edit-distance.ts'
import type { Fault, FaultCode } from './fault.ts'
import { parseYaml } from './parse.ts'
import { parseReference, parseTemplate, type TemplatePart } from './template.ts'
import type { MapEntry, Path, Reference, ScalarNode, TreeNode } from './tree.ts'

/** What lies outside the configuration and may be named in it. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Throws when the file cannot be read. */
  readonly readFile: (path: string) => string
}

/** Files that include files: more than this is a circle. */
const MAX_INCLUDES = 8

/**
 * Replaces `${env:NAME}`, `${env:NAME:-default}`, `${NAME}`, `${file:path}` and `$$`.
 *
 * As in the Collector a value that is one reference and nothing else takes the YAML type of what
 * it stands for; its text is kept, so a routing key made of digits stays a string. References in
 * an included file are replaced too, those in the value of a variable are not.
 */
export function expand(root: TreeNode, around: Surroundings, faults: Fault[]): TreeNode {
  function walk(node: TreeNode, path: Path, includes: number): TreeNode {
    switch (node.kind) {
      case 'map': {
        const entries = new Map<string, MapEntry>()
        for (const [key, entry] of node.entries) {
          entries.set(key, { ...entry, value: walk(entry.value, [...path, key], includes) })
        }
        return { ...node, entries }
      }
      case 'list':
        return {
          ...node,
          items: node.items.map((item, index) => walk(item, [...path, index], includes)),
        }
      case 'scalar':
        return typeof node.value === 'string' && node.value.includes('$')
          ? expandScalar(node, node.value, path, includes)
          : node
      case 'broken':
        return node
    }
  }

  function expandScalar(node: ScalarNode, text: string, path: Path, includes: number): TreeNode {
    const { place } = node
    const from: Reference[] = []
    const before = faults.length
    const failed = (): boolean => faults.length > before
    const fault = (code: FaultCode, message: string, hint?: string): undefined => {
      faults.push({ code, place, path, message, ...(hint === undefined ? {} : { hint }) })
    }

    function resolve(part: TemplatePart): string | undefined {
      if (part.kind === 'text') return part.text
      const inner = part.inner.map(resolve)
      if (inner.includes(undefined)) return undefined
      const target = parseReference(inner.join(''))
      switch (target.scheme) {
        case 'env': {
          const value = around.env[target.name]
          from.push({ scheme: 'env', name: target.name, defaulted: value === undefined })
          if (value !== undefined) return value
          if (target.fallback !== undefined) return target.fallback
          const set = Object.keys(around.env).filter((name) => around.env[name] !== undefined)
          const like = nearest(target.name, set)
          return fault(
            'unset_variable',
            `needs the environment variable ${target.name}, which is not set`,
            like === undefined
              ? `set ${target.name}, or give a default: \${env:${target.name}:-default}`
              : `did you mean ${like}? Else set ${target.name}`,
          )
        }
        case 'file':
          from.push({ scheme: 'file', name: target.name, defaulted: false })
          try {
            return around.readFile(target.name).replace(/\r?\n$/, '')
          } catch (error) {
            return fault('unreadable', `needs the file ${target.name}: ${whyUnreadable(error)}`)
          }
        case 'unknown':
          return fault(
            'syntax',
            `refers to something of the unknown kind "${target.name}"`,
            'allowed: ${env:NAME}, ${env:NAME:-default}, ${NAME} and ${file:path}; $$ is a dollar sign',
          )
        case 'bad_name':
          return fault('syntax', 'refers to a variable by something that is no name', NAMES)
      }
    }

    const parts = parseTemplate(text)
    if (parts === undefined) {
      fault('syntax', 'has a ${ without its }', 'write $$ for a dollar sign')
      return { kind: 'broken', place }
    }
    const resolved = parts.map(resolve).join('')
    if (failed()) return { kind: 'broken', place }
    const [only] = parts
    if (from.length === 0) return { ...node, value: resolved, text: resolved }
    const origin = { written: text, from }
    if (parts.length > 1 || only?.kind !== 'reference') {
      return { kind: 'scalar', place, ...origin, value: resolved, text: resolved }
    }

    const last = from.at(-1)!
    const file = last.scheme === 'file' ? last.name : undefined
    const own: Fault[] = []
    const parsed = parseYaml(resolved, file ?? place.source, own, file !== undefined)
    if (own.length > 0) {
      // What is not YAML is a string; but a file that calls itself YAML has faults to be told.
      if (file === undefined || !/\.ya?ml$/.test(file)) {
        return { kind: 'scalar', place, ...origin, value: resolved, text: resolved }
      }
      faults.push(...own)
      return { kind: 'broken', place }
    }
    if (resolved.trim() === '') return { kind: 'scalar', place, ...origin, value: null, text: '' }
    if (parsed.kind === 'scalar') return { ...parsed, place, ...origin, text: resolved }
    if (file !== undefined && includes >= MAX_INCLUDES) {
      fault('syntax', `includes the file ${file}, which includes itself`)
      return { kind: 'broken', place }
    }
    const whole = file === undefined ? at(parsed, place, origin) : walk(parsed, path, includes + 1)
    return whole.kind === 'map' || whole.kind === 'list'
      ? { ...whole, ...origin, text: resolved }
      : whole
  }

  return walk(root, [], 0)
}

const NAMES = 'names have letters, digits and _, and begin with no digit; $$ is a dollar sign'

/** Gives all that a variable's value brought the place and origin of its reference. */
function at(
  node: TreeNode,
  place: TreeNode['place'],
  origin: { written: string; from: readonly Reference[] },
): TreeNode {
  if (node.kind === 'list') {
    return { ...node, place, ...origin, items: node.items.map((item) => at(item, place, origin)) }
  }
  if (node.kind !== 'map') return { ...node, place, ...origin }
  const entries = new Map<string, MapEntry>()
  for (const [key, entry] of node.entries) {
    entries.set(key, { place, value: at(entry.value, place, origin) })
  }
  return { ...node, place, ...origin, entries }
}

/** The system's reason without its code names and paths. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'it does not exist'
  if (code === 'EACCES') return 'reading it is not permitted'
  if (code === 'EISDIR') return 'it is a directory'
  return 'it cannot be read'
}
