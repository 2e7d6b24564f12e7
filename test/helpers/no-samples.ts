import type { AlertFacts } from '../../src/model/alert.ts'

/** The lists of a page's facts, where nothing is known beyond its numbers. */
export const NO_SAMPLES = {
  errorTypes: [],
  httpStatuses: [],
  models: [],
  providers: [],
  teams: [],
  keyAliases: [],
  services: [],
  evidence: [],
  hangKinds: [],
  sampleTraceIds: [],
} satisfies Partial<AlertFacts>
