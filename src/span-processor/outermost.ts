import { createAttributeColumns } from '../model/attribute-columns.ts'
import type { RecordRole } from '../model/record.ts'
import { DEFAULT_LLM_ROUTES } from '../selection/llm-route.ts'
import { DEFAULT_OUTCOMES } from '../selection/outcome.ts'
import { resolvePresets, type RequestsChoice } from '../selection/presets.ts'
import { createSelection } from '../selection/selection.ts'
import { createSpanView } from './span-view.ts'
import type { TrackedSpan } from './tracker.ts'

/** What a span is, judged from itself as it is now. */
export type RoleOf = (tracked: TrackedSpan) => RecordRole

/**
 * Is this span the request? It is when it matches and nothing above it in this process does. Both may
 * still change while the span is open.
 */
export function isOutermost(tracked: TrackedSpan, roleOf: RoleOf): boolean {
  const role = roleOf(tracked)
  if (role === 'request' || role === 'unsure') return true
  if (role !== 'candidate') return false
  for (let above = tracked.ancestor; above !== undefined; above = above.ancestor) {
    const roleAbove = roleOf(above)
    // Below an ignored entry point is no request, whatever it looks like.
    if (roleAbove !== 'link' && roleAbove !== 'end' && roleAbove !== 'sign') return false
  }
  return true
}

/**
 * The question for whoever needs no more of selection than its answer. Throws a RangeError for a preset that does not exist, a
 * SyntaxError for a route that is no regular expression.
 */
export function createOutermost(
  requests: RequestsChoice,
  llmRoutes: readonly string[] = DEFAULT_LLM_ROUTES,
): (tracked: TrackedSpan) => boolean {
  const columns = createAttributeColumns()
  const selection = createSelection(
    { presets: resolvePresets(requests), groupKeys: [], outcomes: DEFAULT_OUTCOMES, llmRoutes },
    columns,
  )
  columns.freeze()
  const view = createSpanView(columns)
  const roleOf: RoleOf = ({ span, parent }) => selection.classify(view.of(span, parent)).role
  return (tracked) => isOutermost(tracked, roleOf)
}
