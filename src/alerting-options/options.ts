import { hash64 } from '../lib/hash64.ts'
import type { RequestsOptions, RulesOptions } from '../model/rule.ts'
import { DEFAULT_LLM_ROUTES } from '../selection/llm-route.ts'
import { DEFAULT_OUTCOMES } from '../selection/outcome.ts'
import { MATCH_PRESET, resolvePresets } from '../selection/presets.ts'
import type { SelectionOptions } from '../selection/selection.ts'
import { rulesOf } from './rules.ts'
import { type AlertingSettings, DEFAULT_SETTINGS } from './settings.ts'

/** What selection and engine are made from, complete: nothing later asks for a default. */
export interface AlertingOptions {
  /** Name of the preset as the user chose it, `auto` for instance; `match` for entries of their own. */
  readonly preset: string
  readonly selection: SelectionOptions
  readonly requests: RequestsOptions
  readonly rules: RulesOptions
}

/** Senders repeat what they think was lost within seconds, and remembering good requests costs most. */
const REMEMBER_OK_MS = 60_000
const MAX_CANDIDATES = 100_000
const MAX_DECIDED = 1_000_000
const MAX_OPEN = 1_000_000
const MAX_OPEN_PER_SERVICE = 250_000

/** Throws a RangeError for a preset that does not exist. */
export function alertingOptions(settings: AlertingSettings): AlertingOptions {
  const { rules, groupKeys } = rulesOf(settings)
  const choice = settings.requests ?? { preset: DEFAULT_SETTINGS.preset }
  const llmRoutes = settings.llmRoutes ?? DEFAULT_LLM_ROUTES
  const presets = resolvePresets(choice)
  const { outcomes: written = {} } = settings
  const outcomes = {
    upstream4xx: written.upstream4xx ?? DEFAULT_OUTCOMES.upstream4xx,
    failedStatuses: written.failedStatuses ?? DEFAULT_OUTCOMES.failedStatuses,
    canceledStatuses: written.canceledStatuses ?? DEFAULT_OUTCOMES.canceledStatuses,
    canceledErrorTypes: written.canceledErrorTypes ?? DEFAULT_OUTCOMES.canceledErrorTypes,
  }
  const decisionWaitMs = settings.decisionWaitMs ?? DEFAULT_SETTINGS.decisionWaitMs
  const maxLatenessMs = settings.maxLatenessMs ?? DEFAULT_SETTINGS.maxLatenessMs
  const waits = rules
    .filter(({ on }) => on === 'hangs')
    .flatMap((rule) => [rule.waitingNano, ...rule.overrides.map(({ waitingNano }) => waitingNano)])
  return {
    preset: 'match' in choice ? MATCH_PRESET : choice.preset,
    selection: { presets, groupKeys, outcomes, llmRoutes },
    requests: {
      decisionWaitMs,
      maxLatenessMs,
      rememberMs: Math.max(...rules.map(({ windowMs }) => windowMs)) + maxLatenessMs,
      rememberOkMs: REMEMBER_OK_MS,
      maxCandidates: MAX_CANDIDATES,
      maxDecided: MAX_DECIDED,
      // Without a rule on hangs no good request ever is one.
      slowNano: Math.min(Number.MAX_SAFE_INTEGER, ...waits),
      maxOpenAgeMs: settings.maxOpenAgeMs ?? DEFAULT_SETTINGS.maxOpenAgeMs,
      maxOpen: MAX_OPEN,
      maxOpenPerService: MAX_OPEN_PER_SERVICE,
      inferOpen: settings.inferOpen ?? DEFAULT_SETTINGS.inferOpen,
    },
    rules: {
      name: settings.name ?? DEFAULT_SETTINGS.name,
      groupKeys,
      rules,
      hangingUntil: settings.hangingUntil ?? DEFAULT_SETTINGS.hangingUntil,
      noTrafficResolveAfterMs:
        settings.noTrafficResolveAfterMs ?? DEFAULT_SETTINGS.noTrafficResolveAfterMs,
      flapWindowMs: settings.flapWindowMs ?? DEFAULT_SETTINGS.flapWindowMs,
      maxIncidents: settings.maxIncidents ?? DEFAULT_SETTINGS.maxIncidents,
      maxGroups: settings.maxGroups ?? DEFAULT_SETTINGS.maxGroups,
      // A request may wait for its parent first, and be revised as long as its id is remembered.
      maxEventAgeMs: maxLatenessMs + decisionWaitMs + REMEMBER_OK_MS,
      selectionFingerprint: hash64(JSON.stringify([presets, outcomes, llmRoutes])),
    },
  }
}
