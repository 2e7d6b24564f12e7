import { describeIncident } from '../../pagerduty-stand-in/describe-incident.ts'
import type { Effect, Incident } from '../../pagerduty-stand-in/incident-book.ts'

const CODES = { faint: 2, bold: 1, red: 31, green: 32 } as const

const colour = process.stdout.isTTY
const startedMs = Date.now()

export function paint(code: keyof typeof CODES, text: string): string {
  return colour ? `\u001B[${CODES[code]}m${text}\u001B[0m` : text
}

/** A line with the seconds since the start. */
export function say(text: string): void {
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1).padStart(5)
  process.stdout.write(`${paint('faint', `${seconds} s`)}  ${text}\n`)
}

export function sayIndented(text: string): void {
  const lines = text.split('\n').map((line) => `         ${line}\n`)
  process.stdout.write(lines.join(''))
}

export function sayIncident(incident: Incident, effect: Effect): void {
  const event = effect === 'opened' ? paint('red', 'opened') : paint('green', effect)
  say(`PagerDuty: incident #${incident.number} ${event}`)
  const described = describeIncident(incident)
  sayIndented(effect === 'opened' ? described : described.split('\n').slice(0, 2).join('\n'))
}
