import type { Signal } from '../model/component.ts'
import type {
  ExporterSettings,
  ExtensionSettings,
  ProcessorSettings,
  ReceiverSettings,
} from './components.ts'

/** A configuration, checked and complete: nothing later asks for a default. */
export interface CollectorConfig {
  /** Components that some pipeline uses, each once, however many pipelines it stands in. */
  readonly receivers: readonly ReceiverSettings[]
  readonly processors: readonly ProcessorSettings[]
  readonly exporters: readonly ExporterSettings[]
  /** In the order of `service.extensions`. */
  readonly extensions: readonly ExtensionSettings[]
  readonly pipelines: readonly PipelineSettings[]
  readonly logs: LogSettings
  /** Where Prometheus text is served; empty = nowhere. */
  readonly metrics: readonly { readonly host: string; readonly port: number }[]
  /** What work in flight is given on shutdown. */
  readonly shutdownTimeoutMs: number
  /** Values that must not come up in any output. */
  readonly secrets: readonly string[]
}

/** Ids of components, in order. */
interface PipelineSettings {
  /** `traces[/name]` or `logs[/name]` */
  readonly id: string
  readonly signal: Signal
  readonly receivers: readonly string[]
  readonly processors: readonly string[]
  readonly exporters: readonly string[]
}

interface LogSettings {
  /** The lowest level that is written. */
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly encoding: 'console' | 'json'
}
