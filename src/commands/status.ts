import { readHealthEndpoint } from '../config/health-endpoint.ts'
import type { AlertsView, AlertView, PendingView } from '../model/status.ts'
import { parseOptions, UsageError } from './arguments.ts'
import type { Command, CommandContext } from './command.ts'
import { CONFIG_HELP, CONFIG_OPTIONS, configSources, sayFaults } from './read-config.ts'
import { formatTable } from './table.ts'

const TIMEOUT_MS = 5000

export const statusCommand: Command = {
  name: 'status',
  summary: 'shows the rules, groups and pending pages of a running spanpager',
  help: `${CONFIG_HELP}
  --endpoint HOST:PORT  its health endpoint, instead of the configuration's`,
  async run(context) {
    const values = parseOptions(context.args, {
      ...CONFIG_OPTIONS,
      endpoint: { type: 'string' },
    })
    const base =
      values.endpoint === undefined ? configuredEndpoint(context, values) : baseUrl(values.endpoint)
    if (base === undefined) return 2
    const url = new URL('/alerts', base)
    let view
    try {
      const timeout = AbortSignal.timeout(TIMEOUT_MS)
      const response = await fetch(url, { signal: AbortSignal.any([context.signal, timeout]) })
      if (!response.ok) throw new Error(`it answers ${response.status}`)
      const body: unknown = await response.json()
      if (!isAlertsView(body)) throw new Error('something else than a spanpager answers there')
      view = body
    } catch (error) {
      context.stderr(`spanpager: cannot read ${url.href}: ${reason(error)}\n`)
      context.stderr('is it running, with the extension health_check?\n')
      return 1
    }
    context.stdout(formatStatus(view))
    return 0
  },
}

function isAlertsView(body: unknown): body is AlertsView {
  const lists = ['processors', 'alerts', 'pending'] as const
  return (
    typeof body === 'object' &&
    body !== null &&
    lists.every((name) => Array.isArray(Object.entries(body).find(([key]) => key === name)?.[1]))
  )
}

function configuredEndpoint(
  context: CommandContext,
  values: { readonly config?: string[]; readonly set?: string[] },
): URL | undefined {
  const found = readHealthEndpoint(configSources(context, values))
  if (found.kind === 'faults') {
    sayFaults(context, found.faults)
    return undefined
  }
  if (found.kind === 'none') {
    context.stderr('spanpager: the configuration has no health_check extension; use --endpoint\n')
    return undefined
  }
  const { host, port } = found.address
  // An address to listen on everywhere is none to connect to.
  const reachable = host === '' || host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return baseUrl(`${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`)
}

function baseUrl(endpoint: string): URL {
  const text = /^https?:\/\//.test(endpoint) ? endpoint : `http://${endpoint}`
  if (!URL.canParse(text)) throw new UsageError('--endpoint must be HOST:PORT or a URL')
  return new URL(text)
}

/** The view as a table for a terminal. */
function formatStatus(view: AlertsView): string {
  const alerts = view.alerts.map((alert) => [
    alert.state,
    alert.rule,
    groupCell(alert),
    countCell(alert),
    alert.since,
    alert.in_roll_up ? `${alert.dedup_key ?? ''} (roll-up)` : (alert.dedup_key ?? ''),
  ])
  const head = ['STATE', 'RULE', 'GROUP', 'COUNT', 'SINCE', 'DEDUP KEY']
  let text =
    alerts.length === 0
      ? `No requests counted. Rules: ${view.processors.map(rulesText).join('; ') || 'none'}\n`
      : formatTable([head, ...alerts])
  if (view.pending.length > 0) {
    const columns = ['PENDING', 'EXPORTER', 'SINCE', 'ATTEMPTS', 'DEDUP KEY', 'LAST REASON']
    text += `\n${formatTable([columns, ...view.pending.map(pendingRow)])}`
  }
  return text
}

function rulesText({ processor, rules }: AlertsView['processors'][number]): string {
  return `${rules.join(', ')} (${processor})`
}

function groupCell({ group }: AlertView): string {
  const pairs = Object.entries(group).map(([key, value]) => `${key}=${value}`)
  return pairs.length === 0 ? '-' : pairs.join(' ')
}

function countCell(alert: AlertView): string {
  const parts = [
    alert.threshold === undefined ? `${alert.count}` : `${alert.count}/${alert.threshold}`,
  ]
  if (alert.ratio_threshold !== undefined) {
    parts.push(`${percent(alert.ratio ?? 0)}/${percent(alert.ratio_threshold)}`)
  }
  return `${parts.join(' ')} in ${alert.window_seconds}s`
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 1000) / 10}%`
}

function pendingRow(event: PendingView): string[] {
  const kind = event.misconfigured ? `${event.event} (misconfigured)` : event.event
  const reasonText = event.last_reason ?? ''
  return [kind, event.exporter, event.since, `${event.attempts}`, event.dedup_key, reasonText]
}

/** fetch hides what happened in the cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`
  const { cause } = error
  if (cause instanceof AggregateError) return reason(cause.errors[0])
  return cause instanceof Error ? cause.message : error.message
}
