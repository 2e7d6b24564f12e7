import type { SpanpagerSpanProcessor } from './processor.ts'

/**
 * Adds a processor to a tracer provider that exists already. Only SDK 1 has a method for that; of the
 * later ones the private list of processors is replaced by a longer one. What has neither is left as
 * it is, and false is returned.
 */
export function attach(provider: unknown, processor: SpanpagerSpanProcessor): boolean {
  if (!isRecord(provider)) return false
  const { _activeSpanProcessor: active } = provider
  if (isRecord(active) && Array.isArray(active['_spanProcessors'])) {
    active['_spanProcessors'] = [...(active['_spanProcessors'] as unknown[]), processor]
    return true
  }
  const { addSpanProcessor, _registeredSpanProcessors: registered } = provider
  if (typeof addSpanProcessor !== 'function' || !Array.isArray(registered)) return false
  // Where the environment named an exporter, the first that is added would replace it.
  if (registered.length === 0) registered.push(provider['activeSpanProcessor'])
  addSpanProcessor.call(provider, processor)
  return true
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
