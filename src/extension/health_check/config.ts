import { z } from 'zod'
import { endpoint } from '../../lib/schema.ts'

/** What users write under `extensions.health_check`. */
export const healthCheckConfig = z.strictObject({
  endpoint: endpoint()
    .prefault('localhost:13133')
    .describe('host:port of /, /live, /ready and /alerts.'),
})

export type HealthCheckConfig = z.infer<typeof healthCheckConfig>

/** Where the health endpoint listens. */
export interface HealthCheckAddress {
  /** Empty = every interface. */
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
}

export function healthCheckAddress({ endpoint: address }: HealthCheckConfig): HealthCheckAddress {
  return address
}
