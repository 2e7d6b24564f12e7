/**
 * Attributes that may hold prompts, completions, e-mails or keys. Group values stand in incidents,
 * logs and the journal, and what a test asks for is decoded and kept in memory: neither may be one
 * of these.
 */
const CONTENT: readonly (readonly [pattern: RegExp, holds: string])[] = [
  [/^gen_ai\.(prompt|completion|input\.messages|output\.messages|system_instructions)/, 'prompts'],
  [/^gen_ai\.(user\.message|assistant\.message|system\.message|choice|event\.content)/, 'prompts'],
  [/^gen_ai\.tool\.(call\.(arguments|result)|definitions|message)/, 'prompts'],
  [/^gen_ai\.(retrieval|memory)\.(query|documents)/, 'prompts'],
  [/^llm\.(prompts?|completions?|input_messages|output_messages|prompt_template)\b/, 'prompts'],
  [/^llm\..*\b(messages|content|choices|function_call|invocation_parameters)\b/, 'prompts'],
  [/^(input|output)\.value$/, 'prompts'],
  [/^traceloop\.entity\.(input|output)$/, 'prompts'],
  [/^ai\.(prompt|response\.(text|object|toolCalls|reasoning)|toolCall|value|values)\b/, 'prompts'],
  [/^(embedding|retrieval|reranker|document)\..*\b(text|query|content|documents)\b/, 'prompts'],
  [/^tool\.(parameters|arguments|output)$/, 'prompts'],
  [/^(exception|error)\.(message|stacktrace|stack_trace)$/, 'prompts'],
  [/^(http\.)?(request|response)\.body\b/, 'prompts'],
  [/e[-_]?mail/i, 'e-mails'],
  [/^(enduser|user)\.(id|name|full_name)$/, 'e-mails'],
  [/\b(user_api_key_)?(end_)?user_id$/, 'e-mails'],
  [/^(llm\.user|gen_ai\.(request\.user|user\.id)|litellm\.(end_)?user(\.id)?)$/, 'e-mails'],
  [/^http\.(request|response)\.header\..*(key|token|auth|secret)/i, 'keys'],
  [/(^|[._-])(authorization|password|secret|bearer|cookie)([._-]|$)/i, 'keys'],
  [/(^|[._-])(x-)?api[._-]?key([._-]hash)?$/i, 'keys'],
  [/(^|[._])(access|auth|refresh|bearer|session)[._-]?token$/i, 'keys'],
]

/** Addresses with their query: keys are sent in it. Tests of routes may read them, groups not. */
const ADDRESSES: ReadonlySet<string> = new Set(['http.target', 'http.url', 'url.full', 'url.query'])

/** What the attribute may hold that must not be kept; undefined = nothing. */
export function mayHold(key: string): string | undefined {
  return CONTENT.find(([pattern]) => pattern.test(key))?.[1]
}

/** The same for a value that ends up in pages and on disk. */
export function mayHoldInGroup(key: string): string | undefined {
  return mayHold(key) ?? (ADDRESSES.has(key) ? 'keys' : undefined)
}
