const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const LABELS = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y

export interface PrometheusText {
  /** Sample as written, `name{label="value"}`, to its value. */
  readonly samples: ReadonlyMap<string, number>
  /** Metric to `counter`, `gauge` or `histogram`. */
  readonly types: ReadonlyMap<string, string>
}

/** Reads the Prometheus text format, strictly: throws on what a scraper would refuse. */
export function parsePrometheusText(text: string): PrometheusText {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const samples = new Map<string, number>()
  const types = new Map<string, string>()
  for (const line of text.slice(0, -1).split('\n')) {
    if (line.startsWith('#') || line === '') {
      const [, kind, name = '', type = ''] = line.split(' ')
      if (kind === 'TYPE' && types.has(name)) throw new Error(`declared twice: ${name}`)
      if (kind === 'TYPE') types.set(name, type)
      continue
    }
    const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? []
    if (name === '') throw new Error(`not a sample: ${line}`)
    checkLabels(labels, line)
    if (!types.has(name) && !types.has(name.replace(/_(bucket|count|sum)$/, ''))) {
      throw new Error(`not declared: ${line}`)
    }
    const sample = line.slice(0, line.lastIndexOf(' '))
    if (samples.has(sample)) throw new Error(`twice: ${line}`)
    samples.set(sample, Number(value))
  }
  return { samples, types }
}

function checkLabels(labels: string, line: string): void {
  const names = new Set<string>()
  LABELS.lastIndex = 0
  let read = 0
  while (read < labels.length) {
    const [, name = ''] = LABELS.exec(labels) ?? []
    if (name === '') throw new Error(`bad labels: ${line}`)
    if (names.has(name)) throw new Error(`label twice: ${line}`)
    names.add(name)
    read = LABELS.lastIndex
  }
}
