import { LineCounter, parseAllDocuments } from 'yaml'
import type { Fault, Place } from './fault.ts'
import type { TreeNode } from './tree.ts'
import { createConverter } from './yaml-tree.ts'

/** Texts of our own: those of the parser may quote the line, and with it a secret. */
const SYNTAX: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'has an alias whose anchor does not exist',
  BAD_DQ_ESCAPE: 'has an unknown escape in a double-quoted string',
  BAD_INDENT: 'is indented wrongly, or lacks a closing bracket',
  BAD_SCALAR_START: 'begins with a character that needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'has two keys in one line: quote the value, or begin a new line',
  BLOCK_IN_FLOW: 'has a block inside { } or [ ]',
  DUPLICATE_KEY: 'has the same key twice',
  MISSING_CHAR: 'lacks a character: a closing quote, bracket, comma, or the space after a colon',
  MULTILINE_IMPLICIT_KEY: 'lacks a colon after a key, or has a key over several lines',
  TAB_AS_INDENT: 'is indented with a tab: YAML wants spaces',
  UNEXPECTED_TOKEN: 'has a character that does not belong there',
}

/**
 * YAML text to a tree. Faults of syntax go to `faults`; what could not be read is `broken`.
 *
 * @param source how to name the text in faults: its file, or an option
 * @param lines whether line numbers of it mean anything to the user
 */
export function parseYaml(text: string, source: string, faults: Fault[], lines = true): TreeNode {
  const counter = new LineCounter()
  const documents = parseAllDocuments(text, {
    lineCounter: counter,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'silent',
  })
  const placeAt = (offset: number): Place =>
    lines ? { source, line: Math.max(1, counter.linePos(offset).line) } : { source }
  const top = placeAt(0)
  const document = documents[0]
  if (document === undefined || !('contents' in document)) return emptyMap(top)
  const told = new Set<number | undefined>()
  for (const error of document.errors.toSorted((a, b) => a.pos[0] - b.pos[0])) {
    const place = placeAt(error.pos[0])
    // What the parser stumbles over further on in a line mostly follows from the first.
    if (told.has(place.line)) continue
    told.add(place.line)
    const message = SYNTAX[error.code] ?? 'is not valid YAML here'
    faults.push({ code: 'syntax', place, path: [], message })
  }
  if (documents.length > 1) {
    const place = placeAt(documents[1]!.range[0])
    faults.push({ code: 'syntax', place, path: [], message: 'has more than one YAML document' })
  }
  if (document.errors.length > 0 || documents.length > 1) return { kind: 'broken', place: top }
  if (document.contents === null) return emptyMap(top)

  const converter = createConverter(placeAt)
  const tree = converter.convert(document.contents, top)
  if (converter.tooLargeAt === undefined) return tree
  const message = 'is too large or too deep for a configuration'
  faults.push({ code: 'syntax', place: converter.tooLargeAt, path: [], message })
  return { kind: 'broken', place: top }
}

function emptyMap(place: Place): TreeNode {
  return { kind: 'map', place, entries: new Map() }
}
