import type { AttributeColumns, AttributeValue, Span } from '../model/span.ts'

/** Regular expressions of the paths under which LLMs are asked. */
export const DEFAULT_LLM_ROUTES: readonly string[] = [
  '^(/v1|/openai(/v1)?|/anthropic/v1|(/openai/deployments|/engines)/.+)?/(chat/completions|completions|embeddings|responses|messages)$',
  ':(generateContent|streamGenerateContent)$',
]

/** Longer paths are no routes, and not worth remembering. */
const MAX_PATH_LENGTH = 512

/** Distinct paths remembered; at the bound the memory starts anew. */
const MAX_REMEMBERED = 4096

export interface LlmRoutes {
  /** Undefined: the span has no path at all. */
  test(span: Span): boolean | undefined
  /** The LLM route of the span, else its `http.route`; never any other path, which may hold anything. */
  of(span: Span): string | undefined
}

/** Throws a SyntaxError for what is no regular expression. */
export function createLlmRoutes(sources: readonly string[], columns: AttributeColumns): LlmRoutes {
  const expressions = sources.map((source) => new RegExp(source, 'u'))
  const httpRoute = columns.of('http.route')
  const paths = [httpRoute, columns.of('url.path'), columns.of('http.target')]
  const remembered = new Map<string, boolean>()

  const isLlmRoute = (path: string): boolean => {
    const known = remembered.get(path)
    if (known !== undefined) return known
    if (path.length > MAX_PATH_LENGTH) return false
    const bare = withoutQuery(path)
    const found = expressions.some((expression) => expression.test(bare))
    if (remembered.size >= MAX_REMEMBERED) remembered.clear()
    remembered.set(path, found)
    return found
  }

  return {
    test(span) {
      let result: boolean | undefined
      for (const column of paths) {
        const path = pathOf(span.attribute(column))
        if (path !== undefined) {
          if (isLlmRoute(path)) return true
          result = false
        }
      }
      return result
    },
    of(span) {
      for (const column of paths) {
        const path = pathOf(span.attribute(column))
        if (path !== undefined && isLlmRoute(path)) return withoutQuery(path)
      }
      return pathOf(span.attribute(httpRoute))
    },
  }
}

function pathOf(value: AttributeValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** `http.target` has the query with it. */
function withoutQuery(path: string): string {
  const query = path.indexOf('?')
  return query < 0 ? path : path.slice(0, query)
}
