import { sendTestEvent } from '../exporter/pagerduty/test-event.ts'
import { parseOptions } from './arguments.ts'
import type { Command } from './command.ts'
import { CONFIG_HELP, CONFIG_OPTIONS, readConfigOrSay } from './read-config.ts'

export const testPageCommand: Command = {
  name: 'test-page',
  summary: 'checks the PagerDuty key without paging anyone; --page opens and resolves an incident',
  help: `${CONFIG_HELP}
  --page           pages: opens an incident and resolves it at once`,
  async run(context) {
    const { page = false, ...values } = parseOptions(context.args, {
      ...CONFIG_OPTIONS,
      page: { type: 'boolean' },
    })
    const loaded = readConfigOrSay(context, values)
    if (loaded === undefined) return 2
    const exporters = loaded.config.exporters.filter((exporter) => exporter.type === 'pagerduty')
    if (exporters.length === 0) {
      context.stderr('spanpager: no pipeline of the configuration has a pagerduty exporter\n')
      return 2
    }
    let failed = false
    for (const { id, options } of exporters) {
      const result = await sendTestEvent(options, { page, signal: context.signal })
      if (result.kind === 'failed') failed = true
      const print = result.kind === 'failed' ? context.stderr : context.stdout
      print(`${id}: ${result.message}\n`)
    }
    return failed ? 1 : 0
  },
}
