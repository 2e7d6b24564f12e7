import { formatFaultLine } from '../config/fault.ts'
import { parseOptions } from './arguments.ts'
import type { Command } from './command.ts'
import { CONFIG_HELP, CONFIG_OPTIONS, readConfigOrSayFaults } from './read-config.ts'

export const runCommand: Command = {
  name: 'run',
  summary: 'runs the collector; what `spanpager` does without a command',
  help: CONFIG_HELP,
  async run(context) {
    const loaded = readConfigOrSayFaults(context, parseOptions(context.args, CONFIG_OPTIONS))
    if (loaded === undefined) return 2
    // Servers and their libraries are loaded only where they are used.
    const { createCollector } = await import('../collector.ts')
    const collector = createCollector(loaded.config, {
      // From here on all that is said is the log's, so that JSON stays JSON to the last line.
      configurationWarnings: loaded.warnings.map(formatFaultLine),
      writeLog: context.stderr,
      writeOutput: context.stdout,
    })
    context.onHangUp(() => collector.reload())
    try {
      await collector.start()
    } catch (error) {
      context.stderr(`spanpager: ${error instanceof Error ? error.message : String(error)}\n`)
      return 1
    }
    await aborted(context.signal)
    const reason: unknown = context.signal.reason
    await collector.shutdown(undefined, typeof reason === 'string' ? reason : undefined)
    return 0
  },
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
