import { z } from 'zod'
import { mayHoldInGroup } from '../../alerting-options/guarded-attributes.ts'
import { MAX_COUNT, MAX_GROUP_KEYS, RULE_NAME_PATTERN } from '../../alerting-options/settings.ts'
import { duration, positiveDuration } from '../../lib/schema.ts'

export const count = (): z.ZodInt => z.int().min(1).max(MAX_COUNT)

const attributeKey = z
  .string()
  .min(1)
  .refine((key) => mayHoldInGroup(key) === undefined, {
    error: (issue) =>
      `may hold ${mayHoldInGroup(String(issue.input))}, which must not reach a page or a disk`,
  })

export const groupBy = (): z.ZodArray<typeof attributeKey> =>
  z.array(attributeKey).max(MAX_GROUP_KEYS)

const globs = z.union([z.string(), z.array(z.string()).min(1)])

export const valueMatch = z
  .record(attributeKey, globs)
  .refine((match) => Object.keys(match).length > 0, { error: 'must not be empty' })

const ruleName = z.string().regex(RULE_NAME_PATTERN, {
  error: 'must be a name of letters, digits, _, - and ., at most 63',
})

/** For checks that are to run whatever else is wrong, so that all faults come together. */
export const isMap = ({ value }: { value: unknown }): boolean =>
  typeof value === 'object' && value !== null

/** What users write as one of `rules`. */
export const ruleConfig = z
  .strictObject({
    name: ruleName.describe('Part of dedup keys, and a label of metrics.'),
    on: z.enum(['failures', 'hangs']),
    count: count().optional().describe('So many requests.'),
    ratio: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe('Failed of all that ended ok or failed, 0 to 1.'),
    min_requests: count().optional().describe('Requests from which `ratio` means something.'),
    window: positiveDuration().optional().describe('Default 60s, for hangs 600s.'),
    for: duration().prefault('0s').describe('The condition must hold that long.'),
    keep_firing_for: duration().optional().describe('Default: the window, at most 60s.'),
    severity: z.enum(['critical', 'error', 'warning', 'info']).default('critical'),
    waiting: positiveDuration().optional().describe('For hangs: waiting so long is one. 60s.'),
    match: valueMatch.optional().describe('Only requests whose attributes match; globs.'),
    group_by: groupBy().optional().describe('Default: as the processor.'),
  })
  .refine((rule) => rule.count !== undefined || rule.ratio !== undefined, {
    error: 'must have a count, a ratio, or both',
    when: isMap,
  })
  .refine((rule) => rule.ratio === undefined || rule.on !== 'hangs', {
    error: 'is for failures; a rule on hangs has a count',
    path: ['ratio'],
    when: isMap,
  })
  .refine((rule) => rule.min_requests === undefined || rule.ratio !== undefined, {
    error: 'belongs to a ratio, and there is none',
    path: ['min_requests'],
    when: isMap,
  })
  .refine((rule) => rule.waiting === undefined || rule.on !== 'failures', {
    error: 'is for hangs',
    path: ['waiting'],
    when: isMap,
  })

export type RuleConfig = z.infer<typeof ruleConfig>
