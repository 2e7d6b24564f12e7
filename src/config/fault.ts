/** Where something is written: a file (as it was named) and a line, or an option such as `--set`. */
export interface Place {
  readonly source: string
  /** From 1; absent where there are no lines. */
  readonly line?: number
}

/**
 * | code                 | the configuration ...                                           |
 * | -------------------- | --------------------------------------------------------------- |
 * | `unreadable`         | names a file that cannot be read                                |
 * | `syntax`             | is not YAML, or uses `${...}` or `--set` wrongly                |
 * | `unset_variable`     | uses an environment variable that is not set                    |
 * | `unknown_key`        | has a key that means nothing there                              |
 * | `unknown_component`  | asks for a component that does not exist                        |
 * | `missing`            | lacks something required                                        |
 * | `invalid`            | has a value of the wrong type, form or size                     |
 * | `reference`          | refers to something it does not define                          |
 * | `pipeline`           | wires components that do not fit                                |
 * | `conflict`           | says two things that exclude each other                         |
 * | `unused`             | defines something that nothing uses (a warning)                 |
 */
export type FaultCode =
  | 'unreadable'
  | 'syntax'
  | 'unset_variable'
  | 'unknown_key'
  | 'unknown_component'
  | 'missing'
  | 'invalid'
  | 'reference'
  | 'pipeline'
  | 'conflict'
  | 'unused'

/** Something wrong with a configuration. No text of it ever holds the value of a secret. */
export interface Fault {
  readonly code: FaultCode
  readonly place: Place
  /** Keys and list positions from the top; empty when it concerns the whole file. */
  readonly path: readonly (string | number)[]
  /** Finishes the sentence that begins with the path. */
  readonly message: string
  /** What to do, or what was meant. */
  readonly hint?: string
}

/** `exporters.pagerduty.links[0].href`; keys with dots in them are quoted. */
export function formatPath(path: readonly (string | number)[]): string {
  return path
    .map((step, at) => {
      if (typeof step === 'number') return `[${step}]`
      const text = /[.[\]\s]/.test(step) ? `"${step}"` : step
      return at === 0 ? text : `.${text}`
    })
    .join('')
}

/** `file:line` */
export function formatPlace(place: Place): string {
  return place.line === undefined ? place.source : `${place.source}:${place.line}`
}

/** One fault as text: where, what, and on a second line what to do. */
export function formatFault(fault: Fault): string {
  return fault.hint === undefined ? headOf(fault) : `${headOf(fault)}\n    ${fault.hint}`
}

/** The same on one line, for logs. */
export function formatFaultLine(fault: Fault): string {
  return fault.hint === undefined ? headOf(fault) : `${headOf(fault)}; ${fault.hint}`
}

function headOf(fault: Fault): string {
  const path = formatPath(fault.path)
  return `${formatPlace(fault.place)}: ${path === '' ? '' : `${path} `}${fault.message}`
}

/** Sorted as a reader meets them: by source in order of appearance, then by line. */
export function inReadingOrder(faults: readonly Fault[]): Fault[] {
  const sources = [...new Set(faults.map((fault) => fault.place.source))]
  return faults.toSorted(
    (a, b) =>
      sources.indexOf(a.place.source) - sources.indexOf(b.place.source) ||
      (a.place.line ?? 0) - (b.place.line ?? 0),
  )
}
