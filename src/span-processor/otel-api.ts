/**
 * What is used of `@opentelemetry/api`, found where all copies of it meet. An import would get a copy
 * of our own, which refuses to speak with an older one; and then the exporter would trace itself.
 */
interface ApiGlobals {
  readonly context?: ContextManager
  readonly diag?: DiagLogger
}

interface ContextManager {
  active(): Context
  with<T>(context: Context, call: () => T): T
}

interface Context {
  setValue(key: symbol, value: unknown): Context
}

/** The application's, if it set one. */
export interface DiagLogger {
  error(message: string, ...details: unknown[]): void
  warn(message: string, ...details: unknown[]): void
  info(message: string, ...details: unknown[]): void
}

/** Registered by whichever copy came first; the same in all versions 1.x. */
export const API_KEY: unique symbol = Symbol.for('opentelemetry.js.api.1')

const SUPPRESS_TRACING = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

const ALL_COPIES: Pick<typeof globalThis, 'performance'> & { readonly [API_KEY]?: ApiGlobals } =
  globalThis

function apiGlobals(): ApiGlobals | undefined {
  return ALL_COPIES[API_KEY]
}

export function diagLogger(): DiagLogger | undefined {
  return apiGlobals()?.diag
}

/** Calls so that no instrumentation makes spans of what it does, now and after awaiting. */
export function withoutTracing<T>(call: () => T): T {
  const manager = apiGlobals()?.context
  return manager === undefined
    ? call()
    : manager.with(manager.active().setValue(SUPPRESS_TRACING, true), call)
}
