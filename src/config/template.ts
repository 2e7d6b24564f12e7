/**
 * Text with references in it: `http://${env:HOST:-localhost}:${PORT}`, `$$` for a dollar sign.
 * Inside a reference others may stand.
 */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'reference'
      readonly written: string
      readonly inner: readonly TemplatePart[]
    }

/** Undefined when a `${` is never closed. */
export function parseTemplate(text: string): readonly TemplatePart[] | undefined {
  let at = 0

  function parts(inside: boolean): TemplatePart[] | undefined {
    const found: TemplatePart[] = []
    let literal = ''
    const flush = (): void => {
      if (literal !== '') found.push({ kind: 'text', text: literal })
      literal = ''
    }
    while (at < text.length) {
      if (text.startsWith('$$', at)) {
        literal += '$'
        at += 2
      } else if (text.startsWith('${', at)) {
        flush()
        const begin = at
        at += 2
        const inner = parts(true)
        if (inner === undefined) return undefined
        found.push({ kind: 'reference', written: text.slice(begin, at), inner })
      } else if (inside && text[at] === '}') {
        at++
        flush()
        return found
      } else {
        literal += text[at++]
      }
    }
    if (inside) return undefined
    flush()
    return found
  }

  return parts(false)
}

/** What stands between `${` and `}`, once nested references are resolved. */
export type ReferenceTarget =
  | { readonly scheme: 'env'; readonly name: string; readonly fallback: string | undefined }
  | { readonly scheme: 'file'; readonly name: string }
  | { readonly scheme: 'unknown'; readonly name: string }
  | { readonly scheme: 'bad_name' }

/** `env:NAME`, `env:NAME:-default`, `NAME`, `NAME:-default`, `file:path`. */
export function parseReference(text: string): ReferenceTarget {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):(?!-)/.exec(text)?.[1]
  if (scheme === 'file') return { scheme, name: text.slice('file:'.length) }
  if (scheme !== undefined && scheme !== 'env') return { scheme: 'unknown', name: scheme }
  const rest = scheme === 'env' ? text.slice('env:'.length) : text
  const cut = rest.indexOf(':-')
  const name = cut < 0 ? rest : rest.slice(0, cut)
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return { scheme: 'bad_name' }
  return { scheme: 'env', name, fallback: cut < 0 ? undefined : rest.slice(cut + 2) }
}
