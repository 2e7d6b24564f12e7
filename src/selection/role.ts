import type { RecordRole } from '../model/record.ts'
import type { SpanClass } from '../model/selection.ts'
import type { AttributeColumns, Span } from '../model/span.ts'
import type { LlmRoutes } from './llm-route.ts'
import type { Preset, RoleName } from './preset.ts'
import { compileSpanTest } from './span-test.ts'

/** What a role comes to at an entry point and below one; undefined: it says nothing there. */
const RECORD_ROLE: Readonly<
  Record<RoleName, { readonly entry?: RecordRole; readonly below?: RecordRole }>
> = {
  request: { entry: 'request', below: 'candidate' },
  unsure: { entry: 'unsure', below: 'candidate' },
  attempt: { below: 'attempt' },
  sign: { below: 'sign' },
  ignored: { entry: 'void', below: 'link' },
}

export interface Classifier {
  /** Undefined: none of the preset's roles. */
  match(span: Span, entryPoint: boolean): SpanClass | undefined
  /** The class of a span that matches nothing, of the same preset. */
  none(entryPoint: boolean): SpanClass
}

/** Compiles the roles of a preset. Its classes are constants: one object per role. */
export function createClassifier(
  preset: Pick<Preset, 'name' | 'roles'>,
  columns: AttributeColumns,
  routes: LlmRoutes,
): Classifier {
  const classes = new Map<RecordRole, SpanClass>()
  const classOf = (role: RecordRole): SpanClass => {
    const known = classes.get(role) ?? { role, preset: preset.name }
    classes.set(role, known)
    return known
  }
  const compiled = preset.roles.map(({ role, when }) => ({
    test: compileSpanTest(when, columns, routes),
    role: RECORD_ROLE[role],
  }))
  const arms = (place: 'entry' | 'below') =>
    compiled.flatMap(({ test, role }) => {
      const recordRole = role[place]
      return recordRole === undefined ? [] : [{ test, spanClass: classOf(recordRole) }]
    })
  const atEntry = arms('entry')
  const below = arms('below')
  const end = classOf('end')
  const link = classOf('link')
  return {
    match(span, entryPoint) {
      for (const { test, spanClass } of entryPoint ? atEntry : below) {
        if (test(span)) return spanClass
      }
      return undefined
    },
    none(entryPoint) {
      return entryPoint ? end : link
    },
  }
}
