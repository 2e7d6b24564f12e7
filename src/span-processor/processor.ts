import { createAlone } from './alone/alone.ts'
import { createAnnouncer } from './announcer.ts'
import { mayBeRequest } from './candidates.ts'
import type { Mode } from './mode.ts'
import { type CompleteOptions, completeOptions, type SpanpagerOptions } from './options.ts'
import { addTracker, removeTracker } from './progress.ts'
import { createReporter } from './reporter.ts'
import type { SdkContext, SdkSpan } from './sdk-span.ts'
import { createTracker, type Tracker } from './tracker.ts'

/**
 * A SpanProcessor for any OpenTelemetry SDK from 1.30 to 3.x: announces LLM requests that have not
 * ended to a spanpager, or pages by itself. Nothing it does throws into the application, blocks it,
 * or keeps its process.
 *
 * ```ts
 * new NodeTracerProvider({ spanProcessors: [new SpanpagerSpanProcessor(), batchSpanProcessor] })
 * ```
 *
 * The constructor throws a RangeError or SyntaxError for options that cannot be meant.
 */
export class SpanpagerSpanProcessor {
  readonly #tracker: Tracker
  readonly #modes: readonly Mode[]
  readonly #reporter = createReporter()
  #shutdown: Promise<void> | undefined

  constructor(options: SpanpagerOptions = {}) {
    const complete = completeOptions(options)
    this.#tracker = createTracker({
      candidate: 'match' in complete.requests ? () => true : mayBeRequest,
      maxTracked: complete.maxTracked,
      maxOpenAgeMs: complete.maxOpenAgeMs,
      onError: (error) => {
        this.#complain(error)
      },
    })
    this.#modes = this.#modesOf(complete)
    addTracker(this.#tracker)
  }

  onStart(span: SdkSpan, parentContext: SdkContext): void {
    try {
      this.#tracker.onStart(span, parentContext)
    } catch (error) {
      this.#complain(error)
    }
  }

  onEnd(span: SdkSpan): void {
    try {
      const tracked = this.#tracker.onEnd(span)
      for (const mode of this.#modes) mode.onEnd?.(span, tracked)
    } catch (error) {
      this.#complain(error)
    }
  }

  /** Resolves when what there is to say now was sent, or has failed. */
  async forceFlush(): Promise<void> {
    if (this.#shutdown !== undefined) return this.#shutdown
    await this.#all((mode) => mode.forceFlush())
  }

  /** Says that open requests are not watched any more. The second call waits for the first. */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#stop()
    return this.#shutdown
  }

  #modesOf(options: CompleteOptions): Mode[] {
    const { announce, alone } = options
    const modes: Mode[] = []
    if (announce) modes.push(createAnnouncer(options, this.#tracker, this.#reporter))
    if (alone !== undefined) {
      modes.push(
        createAlone({
          options: alone,
          shutdownTimeoutMs: options.shutdownTimeoutMs,
          tracker: this.#tracker,
          reporter: this.#reporter,
        }),
      )
    }
    return modes
  }

  async #stop(): Promise<void> {
    removeTracker(this.#tracker)
    this.#tracker.close()
    await this.#all((mode) => mode.shutdown())
  }

  async #all(call: (mode: Mode) => Promise<void>): Promise<void> {
    const results = await Promise.allSettled(this.#modes.map((mode) => call(mode)))
    for (const result of results) {
      if (result.status === 'rejected') this.#complain(result.reason)
    }
  }

  #complain(error: unknown): void {
    this.#reporter.warn('internal', 'an internal fault', error)
  }
}
