import { isMainThread } from 'node:worker_threads'
import { attach } from './span-processor/attach.ts'
import { optionsFromEnvironment } from './span-processor/environment.ts'
import { whenProviderIsRegistered } from './span-processor/global-provider.ts'
import { SpanpagerSpanProcessor } from './span-processor/processor.ts'

/**
 * `node --import spanpager/register app.js`: adds the SpanProcessor to the OpenTelemetry SDK that the
 * application, or another `--import`, sets up. Never throws: an application runs without it too.
 */

/** An SDK that is not there by then was probably forgotten. */
const WAIT_MS = 10_000

function warn(message: string): void {
  process.emitWarning(`spanpager/register: ${message}`, 'SpanpagerWarning')
}

function isTrue(value: string | undefined): boolean {
  return value?.trim().toLowerCase() === 'true'
}

async function startSdk(): Promise<void> {
  try {
    // A name that only exists at run time: the package is optional.
    const name = '@opentelemetry/sdk-node'
    const { NodeSDK }: { NodeSDK: new () => { start(): void } } = await import(name)
    new NodeSDK().start()
  } catch (error) {
    warn(`SPANPAGER_START_SDK needs @opentelemetry/sdk-node: ${String(error)}`)
  }
}

async function register(): Promise<void> {
  const { env } = process
  if (isTrue(env['OTEL_SDK_DISABLED']) || isTrue(env['SPANPAGER_DISABLED'])) return
  const processor = new SpanpagerSpanProcessor(optionsFromEnvironment(env, warn))
  const forgotten = setTimeout(() => {
    warn(
      `no OpenTelemetry SDK was started in ${process.argv[1] ?? 'this process'} yet, so no request is seen; see SPANPAGER_START_SDK`,
    )
  }, WAIT_MS).unref()
  if (!isMainThread) clearTimeout(forgotten)
  const seen = { provider: false }
  whenProviderIsRegistered((provider) => {
    seen.provider = true
    clearTimeout(forgotten)
    if (!attach(provider, processor)) {
      warn('this tracer provider takes no processors afterwards: add SpanpagerSpanProcessor to it')
    }
  })
  if (isTrue(env['SPANPAGER_START_SDK']) && !seen.provider) await startSdk()
}

try {
  await register()
} catch (error) {
  warn(`not installed: ${error instanceof Error ? error.message : String(error)}`)
}
