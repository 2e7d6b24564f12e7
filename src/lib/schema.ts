import { z } from 'zod'
import { DURATION_PATTERN, parseDurationNano } from './duration.ts'

/**
 * Pieces of configuration schemas that every component uses. Their messages finish a sentence that
 * begins with the key, and never quote the value.
 */

type DurationSchema = z.ZodPipe<z.ZodString, z.ZodTransform<number, string>>

/** A duration as the Collector writes it; becomes milliseconds. */
export function duration(): DurationSchema {
  return durationText().transform((text) => (parseDurationNano(text) ?? 0) / 1e6)
}

/** A duration longer than zero; becomes milliseconds. */
export function positiveDuration(): DurationSchema {
  return durationText()
    .refine((text) => parseDurationNano(text) !== 0, { error: 'must be longer than 0' })
    .transform((text) => (parseDurationNano(text) ?? 0) / 1e6)
}

function durationText(): z.ZodString {
  return z.string().regex(DURATION_PATTERN, {
    error: 'must be a duration with its unit, such as 500ms, 10s or 1m30s',
    abort: true,
  })
}

/** A string that is masked wherever the configuration is printed. */
export function secret(pattern: RegExp, error: (input: unknown) => string): z.ZodString {
  return (
    z
      .string()
      .regex(pattern, { error: (issue) => error(issue.input) })
      // JSON Schema's own words for a secret.
      .meta({ format: 'password', writeOnly: true })
  )
}

export function isSecret(schema: z.core.$ZodType): boolean {
  return z.globalRegistry.get(schema)?.['writeOnly'] === true
}

const HOST_AND_PORT = /^(?:\[([0-9a-fA-F:.%]+)\]|([^\s:[\]/]*)):(\d{1,5})$/

/** `host:port`; an empty host is every interface, port 0 any free one. */
export function endpoint(): z.ZodPipe<
  z.ZodString,
  z.ZodTransform<{ host: string; port: number }, string>
> {
  return z
    .string()
    .regex(HOST_AND_PORT, { error: 'must be host:port, such as localhost:4317', abort: true })
    .refine((text) => splitEndpoint(text).port <= 65_535, {
      error: 'must have a port of at most 65535',
    })
    .transform(splitEndpoint)
}

function splitEndpoint(text: string): { host: string; port: number } {
  const [, six, name, port] = HOST_AND_PORT.exec(text) ?? []
  return { host: six ?? name ?? '', port: Number(port) }
}

/** An absolute http or https URL. */
export function httpUrl(): z.ZodString {
  return z
    .string()
    .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
      error: 'must be a URL that begins with https:// or http://',
    })
}
