import { withoutTracing } from './otel-api.ts'

/** What exporters of spans and of logs have in common, in all SDK generations. */
export interface Exporter {
  /** What each generation takes has its own type; what is passed has the fields of all of them. */
  export(items: object[], resultCallback: (result: ExporterResult) => void): void
  shutdown(): Promise<void>
  forceFlush?(): Promise<void>
}

export interface ExporterResult {
  /** 0 = success. */
  readonly code: number
  readonly error?: Error | undefined
}

/** Exporters have timeouts of their own; this one is for those that never answer. */
const TIMEOUT_MS = 30_000

/** Resolves with undefined when the exporter took the items, else with what went wrong. */
export function exportOnce(exporter: Exporter, items: object[]): Promise<Error | undefined> {
  const { promise, resolve } = Promise.withResolvers<Error | undefined>()
  const timer = setTimeout(() => {
    resolve(new Error(`the exporter did not answer within ${TIMEOUT_MS} ms`))
  }, TIMEOUT_MS).unref()
  const done = ({ code, error }: ExporterResult): void => {
    clearTimeout(timer)
    resolve(code === 0 ? undefined : (error ?? new Error('the exporter failed')))
  }
  try {
    withoutTracing(() => {
      exporter.export(items, done)
    })
  } catch (error) {
    done({ code: 1, error: error instanceof Error ? error : new Error(String(error)) })
  }
  return promise
}
