import { cutTextTo } from '../lib/cut-text.ts'

/**
 * Text that leaves for a pager: well-formed, on one line, of bounded length, without what looks
 * like a person's address or a key.
 */

const CONTROL = /[\p{Cc}\u2028\u2029]+/gu

/**
 * Allow-listed values are names, but people name key aliases and teams after e-mail addresses, and
 * a mistaken attribute mapping may yield a key. `model@20240620` is no address: its last part has
 * no letters.
 */
const PERSONAL = [
  { pattern: /[^\s@/,;:<>"'()]{1,64}@[a-z0-9.-]{1,190}\.[a-z]{2,24}\b/gi, instead: '(e-mail)' },
  { pattern: /\bsk-[A-Za-z0-9_-]{4,}/g, instead: '(key)' },
  { pattern: /\b[0-9a-f]{64}\b/gi, instead: '(hash)' },
] as const

/** How much of a value is looked at; a name is far shorter. */
const MAX_SOURCE = 65_536

/** Cleans a value for a page: control characters become spaces, lone surrogates U+FFFD. */
export function cleanText(value: string): string {
  // Cut first: time spent on a hostile value stays bounded.
  let text = cutText(value, MAX_SOURCE).replace(CONTROL, ' ')
  for (const { pattern, instead } of PERSONAL) text = text.replace(pattern, instead)
  return text.trim()
}

/**
 * At most `max` UTF-16 units, an ellipsis included where something was cut; never half a character.
 * UTF-16 units are the strictest reading of a vendor's "characters": never fewer than code points.
 */
export function cutText(value: string, max: number): string {
  const text = value.toWellFormed()
  return text.length <= max ? text : `${cutTextTo(text, max - 1)}…`
}

/** As {@link cutText}, but keeps both ends: names differ at their ends. */
export function cutMiddle(value: string, max: number): string {
  const text = value.toWellFormed()
  if (text.length <= max) return text
  const tail = Math.floor((max - 1) / 2)
  return `${cutTextTo(text, max - 1 - tail)}…${dropLoneLow(text.slice(text.length - tail))}`
}

function dropLoneLow(text: string): string {
  const first = text.charCodeAt(0)
  return first >= 0xdc00 && first <= 0xdfff ? text.slice(1) : text
}
