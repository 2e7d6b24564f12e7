import { compileGlob } from '../../lib/glob.ts'
import type { GroupValues } from '../../model/record.ts'
import type { ValueMatch } from '../../model/rule.ts'

/** Compiles a match: every condition must hold, a condition holds when one of its globs does. */
export function compileMatch(match: ValueMatch): (values: GroupValues) => boolean {
  const conditions = match.map(({ key, patterns }) => ({ key, globs: patterns.map(compileGlob) }))
  return (values) =>
    conditions.every(({ key, globs }) => {
      const value = values[key]
      return value !== undefined && globs.some((glob) => glob(value))
    })
}
