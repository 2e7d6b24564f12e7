import { z } from 'zod'
import type { Component } from '../pipeline/components.ts'
import type { Fault } from './fault.ts'
import { childSchema, plain } from './schema-walk.ts'
import { nodeAt, type Path, placeOf, type TreeNode } from './tree.ts'

/** Dedup keys begin with the name: two processors of one name would close each other's incidents. */
export function checkNames(
  tree: TreeNode,
  processors: ReadonlyMap<string, Component<unknown>>,
  faults: Fault[],
): void {
  const owners = new Map<string, string>()
  for (const [id, { role, schema }] of processors) {
    if (role !== 'alerting') continue
    const path = ['processors', id, 'name']
    const name = nameAt(tree, path, schema)
    if (name === undefined) continue
    const owner = owners.get(name)
    if (owner === undefined) {
      owners.set(name, id)
      continue
    }
    faults.push({
      code: 'conflict',
      place: placeOf(tree, path),
      path,
      message: `is ${name}, as that of ${owner}: their incidents would be the same`,
      hint: 'give each llm_alerting a name of its own',
    })
  }
}

/** As written or by default, whatever else is wrong; undefined when the name itself is. */
function nameAt(tree: TreeNode, path: Path, schema: z.ZodType): string | undefined {
  const component = nodeAt(tree, path.slice(0, -1))
  const written = nodeAt(tree, path)
  const isMap =
    component?.kind === 'map' || (component?.kind === 'scalar' && component.value === null)
  const nameSchema = childSchema(schema, 'name')
  if (!isMap || written?.kind === 'broken' || nameSchema === undefined) return undefined
  const parsed = z.safeParse(nameSchema, written && plain(written, nameSchema))
  return typeof parsed.data === 'string' ? parsed.data : undefined
}
