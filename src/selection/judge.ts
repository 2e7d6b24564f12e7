import type { RequestFacts } from '../model/outcome.ts'
import { EVIDENCE, type GroupValues, type RecordRole } from '../model/record.ts'
import type { Judgement } from '../model/selection.ts'
import { SPAN_KIND, STATUS, type AttributeColumns, type Span } from '../model/span.ts'
import { firstText } from './attribute-text.ts'
import { createErrorTypes } from './error-type.ts'
import { createFactsReader } from './facts.ts'
import { createHttpStatusReader } from './http-status.ts'
import type { LlmRoutes } from './llm-route.ts'
import { isError, type OutcomeInput, type Outcomes } from './outcome.ts'
import type { Preset } from './preset.ts'
import { createFirstChunkReader, createStreamReader } from './stream.ts'

/** See Selection.judge. */
export type Judge = (span: Span, role: RecordRole, slow: boolean) => Judgement

const NOTHING_TO_TELL: RequestFacts = {}

/** Compiles the part of a preset that reads matching spans. */
export function createJudge(
  preset: Preset,
  outcomes: Outcomes,
  columns: AttributeColumns,
  routes: LlmRoutes,
  groupOf: (span: Span) => GroupValues,
): Judge {
  const { attributes, upstream } = preset
  const errorTypeColumns = attributes.errorType.map((key) => columns.of(key))
  const upstreamColumns = upstream.attributes.map((key) => columns.of(key))
  const clientErrorTypes = createErrorTypes(preset.clientErrorTypes)
  const wrapperErrorTypes = createErrorTypes(preset.wrapperErrorTypes)
  const httpStatusOf = createHttpStatusReader(attributes.httpStatus, columns)
  const firstChunkOf = createFirstChunkReader(attributes.firstChunk, columns)
  const isStream = createStreamReader(attributes.stream, columns)
  const factsOf = createFactsReader(attributes, columns, routes)

  const errorTypeOf = (span: Span, httpStatus: number | undefined): string | undefined => {
    const own = withoutRedirect(firstText(span, errorTypeColumns))
    const { exceptionType } = span
    if (own === undefined) {
      // An exception event alone is no error: many are recorded and then dealt with.
      const erred = span.statusCode === STATUS.error || (httpStatus ?? 0) >= 400
      return erred ? exceptionType : undefined
    }
    const saysMore =
      exceptionType !== undefined &&
      wrapperErrorTypes.has(own) &&
      !wrapperErrorTypes.has(exceptionType)
    return saysMore ? exceptionType : own
  }

  const isUpstreamError = (span: Span, input: OutcomeInput): boolean =>
    input.statusCode !== STATUS.ok &&
    isError(input) &&
    !outcomes.isCanceled(input) &&
    ((upstream.client && span.kind === SPAN_KIND.client) ||
      firstText(span, upstreamColumns) !== undefined)

  return (span, role, slow) => {
    const unsure = role === 'unsure'
    const httpStatus = httpStatusOf(span)
    const errorType = errorTypeOf(span, httpStatus)
    const isClientError = errorType !== undefined && clientErrorTypes.has(errorType)
    // The status of an unsure root does not tell; all but its own outcome is judged as if signed.
    const statusCode = unsure ? STATUS.error : span.statusCode
    const input: OutcomeInput = { statusCode, httpStatus, errorType, isClientError }
    const evidence = isStream(span) ? EVIDENCE.stream : 0
    const firstChunkNano = firstChunkOf(span)
    const group = groupOf(span)
    if (role === 'request' && !slow && !isError(input)) {
      return {
        outcome: 'ok',
        outcomeIfUpstream: 'ok',
        outcomeIfSigned: 'ok',
        evidence,
        firstChunkNano,
        facts: NOTHING_TO_TELL,
        group,
      }
    }
    const upstreamError = isUpstreamError(span, input)
    const outcome = outcomes.of(input, upstreamError)
    return {
      outcome: unsure ? 'ok' : outcome,
      outcomeIfUpstream: outcomes.of(input, true),
      outcomeIfSigned: unsure
        ? outcome
        : outcomes.of({ ...input, statusCode: STATUS.error }, upstreamError),
      evidence: evidence | (upstreamError ? EVIDENCE.upstreamError : 0),
      firstChunkNano,
      facts: factsOf(span, errorType, httpStatus),
      group,
    }
  }
}

/** Some put every HTTP status from 300 on into `error.type`; a redirect is no error. */
function withoutRedirect(errorType: string | undefined): string | undefined {
  return errorType !== undefined && /^3\d\d$/.test(errorType) ? undefined : errorType
}
