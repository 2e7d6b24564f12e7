import { z } from 'zod'

/** What users write under `exporters.debug`: nothing to set yet. */
export const debugConfig = z.strictObject({})
