/** `type[/name]`, as in the Collector. */
export interface ComponentId {
  readonly type: string
  /** Empty when there is none. */
  readonly name: string
}

const TYPE = /^[A-Za-z][0-9A-Za-z_]{0,62}$/
/** No blanks, control characters or symbols. */
const NAME = /^[^\p{Z}\p{C}\p{S}]{1,1024}$/u

/** Undefined when `text` is no id. */
export function parseComponentId(text: string): ComponentId | undefined {
  const slash = text.indexOf('/')
  const type = slash < 0 ? text : text.slice(0, slash)
  const name = slash < 0 ? '' : text.slice(slash + 1)
  if (!TYPE.test(type) || (slash >= 0 && !NAME.test(name))) return undefined
  return { type, name }
}
