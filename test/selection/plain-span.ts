import { createAttributeColumns } from '../../src/model/attribute-columns.ts'
import type { Judgement } from '../../src/model/selection.ts'
import {
  SPAN_KIND,
  STATUS,
  type AttributeColumns,
  type AttributeValue,
  type ParentPlace,
  type Span,
} from '../../src/model/span.ts'
import { DEFAULT_LLM_ROUTES } from '../../src/selection/llm-route.ts'
import { DEFAULT_OUTCOMES } from '../../src/selection/outcome.ts'
import type { KindName, StatusName } from '../../src/selection/preset.ts'
import { resolvePresets } from '../../src/selection/presets.ts'
import { createSelection, type SelectionOptions } from '../../src/selection/selection.ts'

/** A span as a test writes it; what is left out is as in a root span that has nothing. */
export interface PlainSpan {
  readonly name?: string
  readonly kind?: KindName
  readonly status?: StatusName
  readonly parent?: ParentPlace
  readonly scope?: string
  readonly exceptionType?: string
  readonly attributes?: Readonly<Record<string, AttributeValue>>
  readonly resource?: Readonly<Record<string, AttributeValue>>
}

export function spanOf(plain: PlainSpan, columns: AttributeColumns): Span {
  return {
    name: plain.name ?? '',
    kind: SPAN_KIND[plain.kind ?? 'internal'],
    statusCode: STATUS[plain.status ?? 'unset'],
    parent: plain.parent ?? 'none',
    scopeName: plain.scope ?? '',
    exceptionType: plain.exceptionType,
    attribute: (column) => plain.attributes?.[columns.keys[column] ?? ''],
    resourceAttribute: (column) => plain.resource?.[columns.keys[column] ?? ''],
  }
}

/** `role` and `preset` of the class, as one word for tables. */
export type Read = Partial<Judgement> & { readonly is: string }

interface ReaderOptions extends Partial<SelectionOptions> {
  readonly preset?: string
  /** Whether spans may be hangs; they may where this is left out. */
  readonly slow?: boolean
}

/** A reader of plain spans: one word for the class, and the judgement where there is one. */
export function createReader(options: ReaderOptions) {
  const columns = createAttributeColumns()
  const selection = createSelection(
    {
      presets: options.presets ?? resolvePresets({ preset: options.preset ?? 'auto' }),
      groupKeys: options.groupKeys ?? [],
      outcomes: options.outcomes ?? DEFAULT_OUTCOMES,
      llmRoutes: options.llmRoutes ?? DEFAULT_LLM_ROUTES,
    },
    columns,
  )
  columns.freeze()
  return (plain: PlainSpan): Read => {
    const span = spanOf(plain, columns)
    const spanClass = selection.classify(span)
    const is = `${spanClass.role} ${spanClass.preset}`.trim()
    return ['link', 'end', 'void'].includes(spanClass.role)
      ? { is }
      : { is, ...selection.judge(span, spanClass, options.slow ?? true) }
  }
}
