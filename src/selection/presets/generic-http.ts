import type { Preset, SpanTest } from '../preset.ts'
import { UNVERIFIED } from './attributes.ts'

/** A browser's preflight or a probe, on whatever route. */
export const NOT_A_CALL: SpanTest = {
  any: [
    { attributes: { 'http.request.method': ['OPTIONS', 'HEAD'] } },
    { attributes: { 'http.method': ['OPTIONS', 'HEAD'] } },
  ],
}

/** Any HTTP server that is asked on an LLM's path: APISIX, Higress, Traefik, home-made proxies. */
export const GENERIC_HTTP: Preset = {
  ...UNVERIFIED,
  name: 'generic_http',
  roles: [
    { role: 'ignored', when: { kind: 'server', llmRoute: true, ...NOT_A_CALL } },
    { role: 'request', when: { kind: 'server', llmRoute: true } },
  ],
}
