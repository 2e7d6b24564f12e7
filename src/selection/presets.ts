import type { MatchEntry, Preset } from './preset.ts'
import { UNVERIFIED } from './presets/attributes.ts'
import { GENAI, OPENINFERENCE, OPENLLMETRY, VERCEL_AI } from './presets/conventions.ts'
import {
  AGENTGATEWAY,
  BIFROST,
  ENVOY_AI_GATEWAY,
  HELICONE,
  KONG,
  PORTKEY,
  TENSORZERO,
  VLLM,
} from './presets/gateways.ts'
import { GENERIC_HTTP } from './presets/generic-http.ts'
import { LITELLM } from './presets/litellm.ts'

/**
 * All presets, in the order of `auto`: first the products, which own their spans, then the
 * conventions, from the outermost marker to the plainest.
 */
const ALL: readonly Preset[] = [
  LITELLM,
  ENVOY_AI_GATEWAY,
  AGENTGATEWAY,
  BIFROST,
  PORTKEY,
  KONG,
  TENSORZERO,
  VLLM,
  HELICONE,
  VERCEL_AI,
  GENAI,
  OPENLLMETRY,
  OPENINFERENCE,
  GENERIC_HTTP,
]

export const PRESETS: ReadonlyMap<string, Preset> = new Map(
  ALL.map((preset) => [preset.name, preset]),
)

/** The names that `preset: auto` stands for, in order. */
export const AUTO: readonly string[] = ALL.map(({ name }) => name)

/** What users say of requests: a preset by name (or `auto`), or entries of their own. */
export type RequestsChoice = { readonly preset: string } | { readonly match: readonly MatchEntry[] }

/** Name of the preset that users' own `match:` entries make. */
export const MATCH_PRESET = 'match'

/**
 * The presets of a choice, in the order in which they are asked. One that was chosen by name is asked
 * about every span, whoever sent it. Throws a RangeError for a name that does not exist.
 */
export function resolvePresets(choice: RequestsChoice): readonly Preset[] {
  if ('match' in choice) return [matchPreset(choice.match)]
  if (choice.preset === 'auto') return ALL
  const chosen = PRESETS.get(choice.preset)
  if (chosen === undefined) {
    throw new RangeError(`no preset "${choice.preset}": auto, ${AUTO.join(', ')}`)
  }
  const { owns: _owns, claims: _claims, ...alone } = chosen
  return [alone]
}

/** Facts and evidence are read as all conventions write them. */
function matchPreset(entries: readonly MatchEntry[]): Preset {
  return {
    ...UNVERIFIED,
    name: MATCH_PRESET,
    roles: entries.map(({ role = 'request', ...when }) => ({ role, when })),
    attributes: {
      ...VERCEL_AI.attributes,
      model: [...VERCEL_AI.attributes.model, 'llm.model_name', 'embedding.model_name'],
      provider: [...VERCEL_AI.attributes.provider, 'llm.provider', 'llm.system'],
      team: LITELLM.attributes.team,
      keyAlias: LITELLM.attributes.keyAlias,
    },
    upstream: {
      attributes: [
        ...VERCEL_AI.upstream.attributes,
        'llm.provider',
        'llm.system',
        ...LITELLM.upstream.attributes,
      ],
      client: true,
    },
  }
}
