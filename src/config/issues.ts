import type { z } from 'zod'
import { nearest } from '../lib/edit-distance.ts'
import type { Fault, FaultCode } from './fault.ts'
import { holdsSecret, keysOf, kindsOf, schemaAt } from './schema-walk.ts'
import { isBroken, nodeAt, type Path, placeOf, type TreeNode } from './tree.ts'

type Issue = z.core.$ZodIssue

/** What a schema holds against the part of the configuration at `base`, as faults. */
export function issuesToFaults(
  issues: readonly Issue[],
  schema: z.core.$ZodType,
  root: TreeNode,
  base: Path,
): Fault[] {
  return issues.flatMap((issue) => toFaults(issue, []))

  function toFaults(issue: Issue, above: Path): Fault[] {
    const inner = [...above, ...issue.path.map(toStep)]
    const path = [...base, ...inner]
    if (isBroken(root, path)) return []
    const at = schemaAt(schema, inner) ?? schema
    const fault = (code: FaultCode, message: string, hint?: string): Fault => ({
      code,
      place: placeOf(root, path),
      path,
      message,
      ...(hint === undefined ? {} : { hint }),
    })

    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => unknownKey(root, [...path, key], keysOf(at)))
      case 'invalid_type': {
        const node = nodeAt(root, path)
        if (node === undefined) return [fault('missing', 'is missing')]
        if (node.kind === 'scalar' && node.value === null) {
          const empty = node.from?.find((reference) => reference.scheme === 'env')
          const why = empty === undefined ? '' : `: the environment variable ${empty.name} is empty`
          return [fault('missing', `has no value${why}`)]
        }
        const whole =
          issue.expected === 'int' && node.kind === 'scalar' && typeof node.value === 'number'
        const not = whole ? '' : `, not ${found(node)}`
        return [fault('invalid', `must be ${wanted(issue.expected)}${not}`)]
      }
      case 'invalid_value': {
        const allowed = issue.values.map(String)
        const text = written(root, path, at)
        const near = text === undefined ? undefined : nearest(text, allowed)
        return [
          fault(
            'invalid',
            `must be ${orList(allowed)}${text === undefined ? '' : `, not ${text}`}`,
            near === undefined ? undefined : `did you mean ${near}?`,
          ),
        ]
      }
      case 'too_small':
      case 'too_big': {
        const bound = issue.code === 'too_small' ? issue.minimum : issue.maximum
        if (issue.origin === 'array' || issue.origin === 'string') {
          const size = issue.code === 'too_small' ? 'at least' : 'at most'
          const unit = issue.origin === 'array' ? 'entries' : 'characters'
          const empty = issue.code === 'too_small' && bound === 1
          return [
            fault('invalid', empty ? 'must not be empty' : `must have ${size} ${bound} ${unit}`),
          ]
        }
        const side = issue.code === 'too_small' ? 'at least' : 'at most'
        const strict = issue.code === 'too_small' ? 'more than' : 'less than'
        return [fault('invalid', `must be ${issue.inclusive === false ? strict : side} ${bound}`)]
      }
      case 'invalid_union': {
        const node = nodeAt(root, path)
        const fits = issue.errors.filter((errors) => !isOfOtherType(errors, node))
        if (fits.length === 1) return fits[0]!.flatMap((error) => toFaults(error, inner))
        if (node === undefined) return [fault('missing', 'is missing')]
        const kinds = [...kindsOf(at)].map(wanted)
        return [fault('invalid', `must be ${orList(kinds)}, not ${found(node)}`)]
      }
      case 'invalid_key':
        return issue.issues.flatMap((error) => [fault('invalid', error.message)])
      case 'invalid_format':
        return [fault('invalid', issue.message)]
      case 'custom': {
        const params = issue.params ?? {}
        const code = params['code'] === 'conflict' ? 'conflict' : 'invalid'
        const hint = typeof params['hint'] === 'string' ? params['hint'] : undefined
        return [fault(code, issue.message, hint)]
      }
      case 'not_multiple_of':
      case 'invalid_element':
        return [fault('invalid', 'has a value that is not allowed')]
    }
  }
}

/** Whether one side of a union fails for the type of the value already, not for what is in it. */
function isOfOtherType(errors: readonly Issue[], node: TreeNode | undefined): boolean {
  return errors.some((error) => {
    if (error.path.length > 0) return false
    if (error.code === 'invalid_type') return true
    if (error.code === 'invalid_value') return node?.kind !== 'scalar'
    return (
      error.code === 'invalid_union' && error.errors.every((inner) => isOfOtherType(inner, node))
    )
  })
}

/** Keys of records and maps may be symbols by their type; in YAML none is. */
function toStep(step: PropertyKey): string | number {
  return typeof step === 'symbol' ? String(step) : step
}

/** A key that means nothing where it stands; `path` ends with it. */
export function unknownKey(
  root: TreeNode,
  path: Path,
  allowed: readonly string[],
  code: 'unknown_key' | 'unknown_component' = 'unknown_key',
): Fault {
  const key = String(path.at(-1))
  const near = nearest(key, allowed)
  const list = allowed.length === 0 ? 'nothing may stand here' : `allowed: ${allowed.join(', ')}`
  return {
    code,
    place: placeOf(root, path),
    path,
    message: code === 'unknown_key' ? 'is not a known key' : 'is not a known component',
    hint: near === undefined ? list : `did you mean ${near}? ${list}`,
  }
}

/** What stands at `path`, for a message: a reference as it was written, and never a secret. */
function written(root: TreeNode, path: Path, schema: z.core.$ZodType): string | undefined {
  const node = nodeAt(root, path)
  if (node?.kind !== 'scalar' || holdsSecret(schema)) return undefined
  return node.written ?? node.text
}

const WANTED: Readonly<Record<string, string>> = {
  int: 'a whole number',
  array: 'a list',
  list: 'a list',
  object: 'a map',
  record: 'a map',
  map: 'a map',
  boolean: 'true or false',
  number: 'a number',
  string: 'a string',
}

function wanted(expected: string): string {
  return WANTED[expected] ?? 'something else'
}

function found(node: TreeNode): string {
  if (node.kind !== 'scalar') return node.kind === 'list' ? 'a list' : 'a map'
  if (typeof node.value === 'boolean') return 'true or false'
  return `a ${typeof node.value}`
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
