import { mayHoldInGroup } from './guarded-attributes.ts'
import {
  type AlertingSettings,
  MAX_COUNT,
  MAX_GROUP_KEYS,
  MIN_HANGING_SECONDS,
  NAME_PATTERN,
  RULE_NAME_PATTERN,
  type RuleSettings,
} from './settings.ts'

/**
 * Checks settings that code passes; a configuration file is checked by its schema. Throws a
 * RangeError that names the first that cannot be meant.
 */
export function checkSettings(settings: AlertingSettings): void {
  if (settings.name !== undefined && !NAME_PATTERN.test(settings.name)) {
    refuse('name', 'must be a name of letters, digits, _, -, . and :, at most 63')
  }
  checkGroupBy('groupBy', settings.groupBy)
  checkCount('failureThreshold', settings.failureThreshold)
  checkCount('hangingThresholdFails', settings.hangingThresholdFails)
  checkAbove('failureThresholdWindowSeconds', settings.failureThresholdWindowSeconds, 0)
  checkAbove('hangingThresholdWindowSeconds', settings.hangingThresholdWindowSeconds, 0)
  checkLeast('hangingThresholdSeconds', settings.hangingThresholdSeconds, MIN_HANGING_SECONDS)
  checkOneOf('hangingUntil', settings.hangingUntil, ['first_chunk', 'end'])
  checkOneOf('outcomes.upstream4xx', settings.outcomes?.upstream4xx, ['failed', 'rejected'])
  checkLeast('keepFiringForMs', settings.keepFiringForMs, 0)
  checkAbove('noTrafficResolveAfterMs', settings.noTrafficResolveAfterMs, 0)
  checkLeast('flapWindowMs', settings.flapWindowMs, 0)
  checkAbove('decisionWaitMs', settings.decisionWaitMs, 0)
  checkAbove('maxLatenessMs', settings.maxLatenessMs, 0)
  checkLeast('maxIncidents', settings.maxIncidents, 1)
  checkLeast('maxGroups', settings.maxGroups, 1)
  for (const [at, override] of (settings.overrides ?? []).entries()) {
    const path = `overrides[${at}]`
    checkLeast(
      `${path}.hangingThresholdSeconds`,
      override.hangingThresholdSeconds,
      MIN_HANGING_SECONDS,
    )
    checkKeys(`${path}.match`, Object.keys(override.match))
  }
  checkRules(settings.rules)
}

function checkRules(rules: readonly RuleSettings[] | undefined): void {
  if (rules === undefined) return
  if (rules.length === 0) refuse('rules', 'must not be empty')
  const names = new Set<string>()
  for (const [at, rule] of rules.entries()) {
    checkRule(`rules[${at}]`, rule)
    if (names.has(rule.name)) refuse(`rules[${at}].name`, `${rule.name} is there twice`)
    names.add(rule.name)
  }
}

function checkRule(path: string, rule: RuleSettings): void {
  if (!RULE_NAME_PATTERN.test(rule.name)) {
    refuse(`${path}.name`, 'must be a name of letters, digits, _, - and ., at most 63')
  }
  checkOneOf(`${path}.on`, rule.on, ['failures', 'hangs'])
  if (rule.count === undefined && rule.ratio === undefined) {
    refuse(path, 'must have a count, a ratio, or both')
  }
  if (rule.ratio !== undefined && rule.on === 'hangs') {
    refuse(`${path}.ratio`, 'is for failures; a rule on hangs has a count')
  }
  if (rule.ratio !== undefined && !(rule.ratio > 0 && rule.ratio <= 1)) {
    refuse(`${path}.ratio`, `is ${rule.ratio}; it is above 0 and at most 1`)
  }
  if (rule.minRequests !== undefined && rule.ratio === undefined) {
    refuse(`${path}.minRequests`, 'belongs to a ratio, and there is none')
  }
  if (rule.waitingMs !== undefined && rule.on === 'failures') {
    refuse(`${path}.waitingMs`, 'is for hangs')
  }
  checkOneOf(`${path}.severity`, rule.severity, ['critical', 'error', 'warning', 'info'])
  checkCount(`${path}.count`, rule.count)
  checkCount(`${path}.minRequests`, rule.minRequests)
  checkAbove(`${path}.windowMs`, rule.windowMs, 0)
  checkLeast(`${path}.forMs`, rule.forMs, 0)
  checkLeast(`${path}.keepFiringForMs`, rule.keepFiringForMs, 0)
  checkLeast(`${path}.waitingMs`, rule.waitingMs, MIN_HANGING_SECONDS * 1000)
  checkGroupBy(`${path}.groupBy`, rule.groupBy)
  if (rule.match !== undefined) checkKeys(`${path}.match`, Object.keys(rule.match))
}

function checkGroupBy(path: string, keys: readonly string[] | undefined): void {
  if (keys === undefined) return
  if (keys.length > MAX_GROUP_KEYS) refuse(path, `has more than ${MAX_GROUP_KEYS} attributes`)
  checkKeys(path, keys)
}

function checkKeys(path: string, keys: readonly string[]): void {
  for (const key of keys) {
    const holds = mayHoldInGroup(key)
    if (holds !== undefined) {
      refuse(path, `${key} may hold ${holds}, which must not reach a page`)
    }
  }
}

function checkCount(path: string, value: number | undefined): void {
  if (value === undefined) return
  if (!Number.isInteger(value) || value < 1 || value > MAX_COUNT) {
    refuse(path, `is ${value}; it is a whole number from 1 to ${MAX_COUNT}`)
  }
}

function checkAbove(path: string, value: number | undefined, bound: number): void {
  if (value !== undefined && !(value > bound && value < Infinity)) {
    refuse(path, `is ${value}; it is above ${bound}`)
  }
}

function checkLeast(path: string, value: number | undefined, minimum: number): void {
  if (value !== undefined && !(value >= minimum && value < Infinity)) {
    refuse(path, `is ${value}; it is at least ${minimum}`)
  }
}

function checkOneOf(path: string, value: string | undefined, allowed: readonly string[]): void {
  if (value !== undefined && !allowed.includes(value)) {
    refuse(path, `is ${value}; it is ${allowed.join(' or ')}`)
  }
}

function refuse(path: string, why: string): never {
  throw new RangeError(`${path} ${why}`)
}
