import type { RequestFacts } from '../../model/outcome.ts'
import type { GroupValues } from '../../model/record.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { CorruptEntryError } from './corrupt-entry.ts'
import { parseJson } from './json.ts'

/** Rows of texts, as many in each. */
export type TextTable = readonly (readonly string[])[]

export interface Tables {
  readonly groups: readonly GroupValues[]
  readonly facts: readonly RequestFacts[]
  readonly texts: readonly TextTable[]
}

/** Places of the facts in their arrays. New ones go to the end. */
const FACT_TEXTS = [
  'model',
  'provider',
  'operation',
  'route',
  'team',
  'keyAlias',
  'errorType',
] as const satisfies readonly (keyof RequestFacts)[]

/**
 * `[groups, facts, ...texts]` as JSON, arrays only; null = missing, and missing ones at the end of
 * a fact are left out. JSON and not plain UTF-8: it keeps every JavaScript string, lone surrogates
 * too, and group values must come back as they were, since dedup keys are made of them.
 */
export function writeTables(writer: ByteWriter, { groups, facts, texts }: Tables): void {
  writer.text(
    JSON.stringify([
      groups.map((values) => values.map((value) => value ?? null)),
      facts.map(factToArray),
      ...texts,
    ]),
  )
}

/** `widths`: how many texts a row of each table of texts has. */
export function readTables(reader: ByteReader, widths: readonly number[]): Tables {
  const tables = parseJson(reader.text())
  if (!Array.isArray(tables) || tables.length !== 2 + widths.length) {
    throw new CorruptEntryError(`not ${2 + widths.length} tables`)
  }
  const [groups, facts, ...texts] = tables.map(toRows)
  return {
    groups: groups!.map(toGroup),
    facts: facts!.map(arrayToFact),
    texts: texts.map((rows, at) => rows.map((row) => toTexts(row, widths[at]!))),
  }
}

function factToArray(facts: RequestFacts): readonly (string | number | null)[] {
  const values: (string | number | null)[] = FACT_TEXTS.map((key) => facts[key] ?? null)
  values.push(facts.httpStatus ?? null)
  return values.slice(0, values.findLastIndex((value) => value !== null) + 1)
}

function arrayToFact(values: readonly unknown[]): RequestFacts {
  const facts: { -readonly [Key in keyof RequestFacts]: RequestFacts[Key] } = {}
  for (const [index, key] of FACT_TEXTS.entries()) {
    const value = values[index] ?? null
    if (value !== null) facts[key] = toText(value)
  }
  const httpStatus = values[FACT_TEXTS.length] ?? null
  if (httpStatus === null) return facts
  if (typeof httpStatus !== 'number') throw new CorruptEntryError('an HTTP status is no number')
  facts.httpStatus = httpStatus
  return facts
}

function toRows(table: unknown): readonly (readonly unknown[])[] {
  if (Array.isArray(table) && table.every((row) => Array.isArray(row))) return table
  throw new CorruptEntryError('a table does not consist of rows')
}

function toGroup(values: readonly unknown[]): GroupValues {
  return values.map((value) => (value === null ? undefined : toText(value)))
}

function toTexts(row: readonly unknown[], width: number): string[] {
  if (row.length !== width) throw new CorruptEntryError(`a row of a table has not ${width} texts`)
  return row.map(toText)
}

function toText(value: unknown): string {
  if (typeof value !== 'string') {
    throw new CorruptEntryError('a table has something else than texts')
  }
  return value
}
