import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FOLDERS = ['docs', 'examples', 'proto', 'src', 'test']

/** Every document of the repository, as paths from its root. Workspaces may have dependencies. */
export function documents(): string[] {
  const nested = FOLDERS.flatMap((folder) =>
    readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' }).map(
      (file) => `${folder}/${file}`,
    ),
  )
  return [...readdirSync(ROOT), ...nested].filter(
    (file) => file.endsWith('.md') && !file.includes('node_modules/'),
  )
}

export function read(file: string): string {
  return readFileSync(ROOT + file, 'utf8')
}

export interface Fence {
  /** What stands behind the opening marks: `yaml`, `yaml collector`, `sh` ... */
  readonly info: string
  readonly text: string
  readonly line: number
}

export function fences(markdown: string): Fence[] {
  return Array.from(markdown.matchAll(/^```([^\n]*)\n(.*?)^```$/gms), (match) => ({
    info: match[1]!,
    text: match[2]!,
    line: markdown.slice(0, match.index).split('\n').length,
  }))
}

/** What is left without fences, in which `#` and `|` mean something else. */
export function prose(markdown: string): string {
  return markdown.replaceAll(/^```[^\n]*\n.*?^```$/gms, '')
}

/** The part below a heading, up to the next one. */
export function section(markdown: string, heading: string): string {
  const parts = prose(markdown).split(/^#+ /m)
  const part = parts.find((text) => text.split('\n', 1)[0] === heading)
  if (part === undefined) throw new Error(`no heading "${heading}"`)
  return part
}

/** Rows of all tables, cells without the backticks around them; heads left out. */
export function tableRows(markdown: string): string[][] {
  const lines = prose(markdown).split('\n')
  return lines
    .filter((line, at) => line.startsWith('|') && !isRule(line) && !isRule(lines[at + 1] ?? ''))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1')),
    )
}

function isRule(line: string): boolean {
  return /^\|[ :|-]+\|$/.test(line)
}

/** Fragments of its headings, as GitHub makes them. */
export function anchors(markdown: string): string[] {
  return Array.from(prose(markdown).matchAll(/^#+ (.+)$/gm), ([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
