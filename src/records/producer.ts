import { cutTextTo } from '../lib/cut-text.ts'
import type { Producer } from '../model/record.ts'

/** Attributes of a resource that say who sends. */
export const SERVICE_NAME = 'service.name'
export const SERVICE_INSTANCE = 'service.instance.id'

export function producerOf(service: unknown, instance: unknown): Producer {
  return { service: shortText(service) || 'unknown_service', instance: shortText(instance) }
}

/** Long names are cut: they end up in pages. */
export function shortText(value: unknown): string {
  return typeof value === 'string' ? cutTextTo(value, 200) : ''
}
