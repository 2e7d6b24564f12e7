/**
 * Values of other people's spans come up in tables: a control character must not reach a terminal.
 */
function printable(cell: string): string {
  return cell.replaceAll(/\p{Cc}/gu, '?')
}

/** Columns as wide as their widest cell, two blanks between them; every line ends with a newline. */
export function formatTable(rows: readonly (readonly string[])[], indent = ''): string {
  const widths: number[] = []
  const printed = rows.map((row) => row.map(printable))
  for (const row of printed) {
    for (const [at, cell] of row.entries()) {
      widths[at] = Math.max(widths[at] ?? 0, Math.min(cell.length, MAX_WIDTH))
    }
  }
  return printed
    .map((row) => {
      const cells = row.map((cell, at) => cell.padEnd(widths[at]!))
      return `${indent}${cells.join('  ').trimEnd()}\n`
    })
    .join('')
}

/** Longer cells push their own line only. */
const MAX_WIDTH = 48
