export { SpanpagerSpanProcessor } from './span-processor/processor.ts'
export { progress } from './span-processor/progress.ts'
export type { AloneOptions, Encoding, SpanpagerOptions } from './span-processor/options.ts'
export type { Exporter, ExporterResult } from './span-processor/exporter.ts'
