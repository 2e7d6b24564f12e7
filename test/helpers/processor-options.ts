import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { loadConfig } from '../../src/config/load.ts'
import type { LlmAlertingOptions } from '../../src/processor/llm_alerting/options.ts'

/** The settings of `llm_alerting` in otel-config.yaml. */
export function processorOptions(): LlmAlertingOptions {
  const file = resolve(import.meta.dirname, '../../otel-config.yaml')
  const loaded = loadConfig({
    files: [file],
    sets: [],
    env: { PAGERDUTY_API_KEY: 'x'.repeat(32) },
    readFile: (path) => readFileSync(path, 'utf8'),
  })
  if (loaded.kind === 'faults') throw new Error(JSON.stringify(loaded.faults))
  return loaded.config.processors[0]!.options
}
