import type { Incident } from './incident-book.ts'

/** An incident as PagerDuty's page would show it: several lines, no colours, no line end. */
export function describeIncident(incident: Incident): string {
  const lines = [
    `Incident #${incident.number}  ${incident.status.toUpperCase()}  ${incident.severity}`,
    `  ${incident.title}`,
    row('service', sourceText(incident)),
    row('class', incident.class),
    row('group', incident.group),
    row('dedup key', incident.dedupKey),
    row('opened', new Date(incident.openedAtMs).toISOString()),
    row('resolved', resolvedText(incident)),
    row('log', incident.log.map(({ action }) => action).join(', ')),
    row('client', clientText(incident)),
    ...section(
      'details',
      Object.entries(incident.details).map(([name, value]) => `${name}: ${valueText(value)}`),
    ),
    ...section(
      'links',
      incident.links.map(({ href, text }) => (text === undefined ? href : `${text}: ${href}`)),
    ),
  ]
  return lines.filter((line) => line !== '').join('\n')
}

function row(name: string, value: string | undefined): string {
  return value === undefined || value === '' ? '' : `  ${name.padEnd(11)}${value}`
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`  ${title}`, ...lines.map((line) => `    ${line}`)]
}

function sourceText({ source, component }: Incident): string {
  return component === undefined ? source : `${source} (${component})`
}

function resolvedText({ openedAtMs, resolvedAtMs }: Incident): string | undefined {
  if (resolvedAtMs === undefined) return undefined
  const seconds = ((resolvedAtMs - openedAtMs) / 1000).toFixed(1)
  return `${new Date(resolvedAtMs).toISOString()}, after ${seconds} s`
}

function clientText({ client, clientUrl }: Incident): string | undefined {
  return clientUrl === undefined ? client : `${client ?? ''} ${clientUrl}`.trim()
}

/** Maps and lists on one line, as a table of one level reads. */
function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(', ')
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, item]) => `${name} = ${valueText(item)}`)
    .join(', ')
}
