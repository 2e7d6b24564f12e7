import { cutTextTo } from '../../lib/cut-text.ts'
import { hash64 } from '../../lib/hash64.ts'

/** PagerDuty's limit; longer keys are refused. https://developer.pagerduty.com/docs/events-api-v2 */
const MAX_KEY_LENGTH = 255

/** What stands for a missing value. */
export const NONE = '(none)'
/** What stands for each value of the groups past `max_groups`. */
export const OTHER = '(other)'
const ROLL_UP = '(roll-up)'

/** `name/rule/value/value`, for instance `spanpager/failures/litellm-proxy`. */
export function groupKey(
  name: string,
  rule: string,
  values: readonly (string | undefined)[],
): string {
  return join([escape(name), escape(rule), ...values.map((value) => valuePart(value))])
}

/** The key of the groups past `max_groups`: `(other)` for each value. */
export function otherKey(name: string, rule: string, values: number): string {
  return join([escape(name), escape(rule), ...Array.from({ length: values }, () => OTHER)])
}

/** The key of a rule's roll-up. */
export function rollUpKey(name: string, rule: string): string {
  return join([escape(name), escape(rule), ROLL_UP])
}

function valuePart(value: string | undefined): string {
  return value === undefined ? NONE : escape(value)
}

/** Keeps parts apart, and real values apart from the words in brackets. */
function escape(part: string): string {
  return part.replaceAll(/[%/\p{Cc}]|^\(/gu, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
}

function join(parts: readonly string[]): string {
  const key = parts.join('/')
  if (key.length <= MAX_KEY_LENGTH) return key
  const suffix = `~${hash64(key)}`
  return cutTextTo(key, MAX_KEY_LENGTH - suffix.length) + suffix
}
