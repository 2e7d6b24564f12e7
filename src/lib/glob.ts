/**
 * Compiles a glob to a test of whole strings: `*` is any text (also none), `?` one character, and a
 * backslash takes the next character as it stands. Everything else is literal, case counts.
 *
 * Never exponential: a mismatch returns to the last `*` only.
 */
export function compileGlob(glob: string): (text: string) => boolean {
  const literal = literalOf(glob)
  if (literal !== undefined) return (text) => text === literal
  const tokens = tokenize(glob)
  return (text) => matches(tokens, text)
}

/** The text that a glob without wildcards stands for; undefined when it has wildcards. */
export function literalOf(glob: string): string | undefined {
  const tokens = tokenize(glob)
  return tokens.every((token) => typeof token === 'string') ? tokens.join('') : undefined
}

const ANY_TEXT = Symbol('*')
const ANY_CHARACTER = Symbol('?')

/** One UTF-16 unit, or a wildcard. */
type Token = string | typeof ANY_TEXT | typeof ANY_CHARACTER

function tokenize(glob: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < glob.length; at++) {
    const unit = glob.charAt(at)
    if (unit === '*') {
      tokens.push(ANY_TEXT)
    } else if (unit === '?') {
      tokens.push(ANY_CHARACTER)
    } else if (unit === '\\' && at + 1 < glob.length) {
      at += 1
      tokens.push(glob.charAt(at))
    } else {
      tokens.push(unit)
    }
  }
  return tokens
}

function matches(tokens: readonly Token[], text: string): boolean {
  let token = 0
  let at = 0
  let star = -1
  let starAt = 0
  while (at < text.length) {
    const wanted = tokens[token]
    if (wanted === ANY_TEXT) {
      star = token
      starAt = at
      token += 1
    } else if (wanted === ANY_CHARACTER || wanted === text.charAt(at)) {
      token += 1
      at += 1
    } else if (star >= 0) {
      token = star + 1
      starAt += 1
      at = starAt
    } else {
      return false
    }
  }
  while (tokens[token] === ANY_TEXT) token += 1
  return token === tokens.length
}
