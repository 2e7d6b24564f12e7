import { z } from 'zod'
import { positiveDuration } from '../lib/schema.ts'

/** A reference to a component, `type[/name]`. Whether it exists is checked later. */
const reference = z.string().min(1)

const pipeline = z.strictObject({
  receivers: z.array(reference).min(1),
  processors: z.array(reference).default([]),
  exporters: z.array(reference).min(1),
})

const reader = z.strictObject({
  pull: z.strictObject({
    exporter: z.strictObject({
      prometheus: z.strictObject({
        host: z.string().default('localhost'),
        port: z.int().min(0).max(65_535).default(8888),
      }),
    }),
  }),
})

/** What users write under `service`. */
export const serviceConfig = z.strictObject({
  extensions: z.array(reference).default([]).describe('Extensions to start, in this order.'),
  telemetry: z
    .strictObject({
      logs: z
        .strictObject({
          level: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
          encoding: z.enum(['console', 'json']).default('console'),
        })
        .prefault({}),
      metrics: z
        .strictObject({
          level: z
            .enum(['none', 'basic', 'normal', 'detailed'])
            .default('normal')
            .describe('none: no metrics are served; all others are the same.'),
          readers: z
            .array(reader)
            .default([{ pull: { exporter: { prometheus: { host: 'localhost', port: 8888 } } } }])
            .describe('Where Prometheus text is served; default localhost:8888.'),
        })
        .prefault({}),
    })
    .prefault({}),
  pipelines: z
    .record(z.string(), pipeline)
    .refine((pipelines) => Object.keys(pipelines).length > 0, { error: 'must not be empty' })
    .describe(
      'traces[/name]: what is received, judged and paged; logs[/name]: announcements sent as logs.',
    ),
  shutdown_timeout: positiveDuration()
    .prefault('10s')
    .describe('What work in flight is given on SIGTERM.'),
})

export type ServiceConfig = z.infer<typeof serviceConfig>
