import { parseOptions } from './arguments.ts'
import type { Command } from './command.ts'
import { CONFIG_HELP, CONFIG_OPTIONS, readConfigOrSay } from './read-config.ts'

export const runCommand: Command = {
  name: 'run',
  summary: 'runs the collector; what `spanpager` does without a command',
  help: CONFIG_HELP,
  async run(context) {
    const loaded = readConfigOrSay(context, parseOptions(context.args, CONFIG_OPTIONS))
    if (loaded === undefined) return 2
    const { config } = loaded
    // Servers and their libraries are loaded only where they are used.
    const { createCollector } = await import('../collector.ts')
    const collector = createCollector(config)
    try {
      await collector.start()
    } catch (error) {
      context.stderr(`spanpager: ${error instanceof Error ? error.message : String(error)}\n`)
      return 1
    }
    await aborted(context.signal)
    await collector.shutdown(AbortSignal.timeout(config.shutdownTimeoutMs))
    return 0
  },
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
