import type { Signal } from '../model/component.ts'
import { parseComponentId } from './component-id.ts'

/** The signal of a pipeline, by its id `signal[/name]`; undefined for one that is not known. */
export function signalOf(pipeline: string): Signal | undefined {
  const type = parseComponentId(pipeline)?.type
  return type === 'traces' || type === 'logs' ? type : undefined
}
