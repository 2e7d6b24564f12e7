import type { Selection, SpanClass } from '../model/selection.ts'
import type { AttributeColumns, Span } from '../model/span.ts'
import { isEntryPoint } from './entry-point.ts'
import { createGroupReader } from './group.ts'
import { createJudge, type Judge } from './judge.ts'
import { createLlmRoutes } from './llm-route.ts'
import { createOutcomes, type OutcomeOptions } from './outcome.ts'
import { createOwnership } from './ownership.ts'
import type { Preset } from './preset.ts'
import { createClassifier, type Classifier } from './role.ts'
import { compileSpanTest } from './span-test.ts'

export interface SelectionOptions {
  /** In the order in which they are asked; see {@link resolvePresets}. */
  readonly presets: readonly Preset[]
  /** Attributes whose values make a group, of the span or else of its resource. */
  readonly groupKeys: readonly string[]
  readonly outcomes: OutcomeOptions
  /** Regular expressions of the paths of LLM requests. */
  readonly llmRoutes: readonly string[]
}

/**
 * Makes the judge of single spans; it keeps no state that would change its answers.
 *
 * The first preset that owns a span decides alone. A span that nobody owns goes to the first that
 * claims it, and else to those that neither own nor claim, until one of their roles matches.
 *
 * Asks for all columns it needs, so `columns` must not be frozen yet. Throws a SyntaxError for an LLM
 * route that is no regular expression.
 */
export function createSelection(options: SelectionOptions, columns: AttributeColumns): Selection {
  const routes = createLlmRoutes(options.llmRoutes, columns)
  const outcomes = createOutcomes(options.outcomes)
  const groupOf = createGroupReader(options.groupKeys, columns)
  const compiled = options.presets.map((preset) => ({
    preset,
    classifier: createClassifier(preset, columns, routes),
    judge: createJudge(preset, outcomes, columns, routes, groupOf),
  }))
  const judges = new Map<string, Judge>(compiled.map(({ preset, judge }) => [preset.name, judge]))
  const ownerOf = createOwnership(
    compiled.map(({ preset, classifier }) => ({ owner: classifier, owns: preset.owns ?? [] })),
    columns,
    routes,
  )
  const claims = compiled.flatMap(({ preset, classifier }) =>
    preset.claims === undefined
      ? []
      : [{ test: compileSpanTest(preset.claims, columns, routes), classifier }],
  )
  const markers = compiled
    .filter(({ preset }) => preset.owns === undefined && preset.claims === undefined)
    .map(({ classifier }) => classifier)
  // The plainest of them; the only one where one was chosen by name.
  const lastJudge = compiled.at(-1)?.judge
  const nobody = createClassifier({ name: '', roles: [] }, columns, routes)

  const decide = (classifier: Classifier, span: Span, entryPoint: boolean): SpanClass =>
    classifier.match(span, entryPoint) ?? classifier.none(entryPoint)

  return {
    classify(span) {
      const entryPoint = isEntryPoint(span)
      const owner = ownerOf(span)
      if (owner !== undefined) return decide(owner, span, entryPoint)
      for (const { test, classifier } of claims) {
        if (test(span)) return decide(classifier, span, entryPoint)
      }
      for (const marker of markers) {
        const spanClass = marker.match(span, entryPoint)
        if (spanClass !== undefined) return spanClass
      }
      return nobody.none(entryPoint)
    },
    judge(span, spanClass, slow) {
      const judge = judges.get(spanClass.preset) ?? lastJudge
      if (judge === undefined) throw new Error(`no preset "${spanClass.preset}" judged this span`)
      return judge(span, spanClass.role, slow)
    },
  }
}
