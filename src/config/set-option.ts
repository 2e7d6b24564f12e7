import type { Fault } from './fault.ts'
import { parseYaml } from './parse.ts'
import type { TreeNode } from './tree.ts'

/**
 * `--set a.b=c` as a tree to lay on the configuration. The value is YAML: `--set a.b=[x, y]`. Keys
 * that have dots themselves are reached with `::` as separator: `--set a::b.c=d`.
 */
export function parseSet(option: string, faults: Fault[]): TreeNode | undefined {
  const cut = option.indexOf('=')
  const key = cut < 0 ? option : option.slice(0, cut)
  const steps = key.split(key.includes('::') ? '::' : '.').map((step) => step.trim())
  // The value may be a secret: only the key is named.
  const source = `--set ${key}`
  if (cut < 0 || steps.includes('')) {
    const message = 'is not of the form a.b=value'
    faults.push({
      code: 'syntax',
      place: { source: cut < 0 ? '--set' : source },
      path: [],
      message,
    })
    return undefined
  }
  const text = option.slice(cut + 1)
  const place = { source }
  const own: Fault[] = []
  let node = parseYaml(text, source, own, false)
  // As with variables: what is not YAML is a string.
  if (own.length > 0) node = { kind: 'scalar', place, value: text, text }
  if (text.trim() === '') node = { kind: 'scalar', place, value: null, text: '' }
  return steps.reduceRight<TreeNode>(
    (value, step) => ({ kind: 'map', place, entries: new Map([[step, { place, value }]]) }),
    node,
  )
}
