/**
 * The vocabulary in which presets, and users' own `match:` entries, say what a span is. All of it is
 * plain data: YAML writes it with the same words, in lower_snake_case.
 */

/**
 * A glob (`*` any text, `?` one character, `\` quotes), or several of which one must match. Numbers
 * and booleans are compared as text; of an array, one element must match.
 */
export type Pattern = PatternValue | readonly PatternValue[]
export type PatternValue = string | number | boolean

/** An empty value counts as absent. */
export type AttributeTest = Pattern | { readonly exists: boolean }

export type KindName = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer'
export type StatusName = 'unset' | 'ok' | 'error'

/**
 * Where the parent is. `entry`: none or remote, and where the flags do not say, a SERVER or CONSUMER
 * span. `local`: every other span. `remote`: known to be remote.
 */
export type ParentTest = 'none' | 'remote' | 'local' | 'entry'

/** All that is given must hold; an empty test holds for every span. */
export interface SpanTest {
  readonly name?: Pattern
  readonly kind?: KindName | readonly KindName[]
  /** Name of the instrumentation scope. */
  readonly scope?: Pattern
  readonly resource?: Readonly<Record<string, AttributeTest>>
  readonly parent?: ParentTest
  readonly status?: StatusName | readonly StatusName[]
  readonly attributes?: Readonly<Record<string, AttributeTest>>
  /**
   * `http.route`, `url.path` or the path of `http.target` is an LLM route. `false`: there is such an
   * attribute, and none of them is one; a span without any is neither.
   */
  readonly llmRoute?: boolean
  /** One of these must hold besides. */
  readonly any?: readonly SpanTest[]
  /** This must not hold. */
  readonly not?: SpanTest
}

/**
 * | role      | with a local parent    | at an entry point        |
 * | --------- | ---------------------- | ------------------------ |
 * | `request` | a candidate            | a request                |
 * | `attempt` | an attempt             | says nothing, go on      |
 * | `sign`    | the sign of its parent | says nothing, go on      |
 * | `unsure`  | a candidate            | the root of a request whose status does not tell |
 * | `ignored` | no request             | no request, nor anything below it |
 */
export type RoleName = 'request' | 'attempt' | 'sign' | 'unsure' | 'ignored'

interface RoleTest {
  readonly role: RoleName
  readonly when: SpanTest
}

/** What users write under `match:`; a request unless said otherwise. */
export interface MatchEntry extends SpanTest {
  readonly role?: RoleName
}

/** Ownership is a matter of where a span comes from. */
export type OwnershipTest = Pick<SpanTest, 'scope' | 'resource'>

export interface FirstChunkAttribute {
  readonly key: string
  readonly unit: 's' | 'ms'
}

/** Where a preset finds what. In each list the first attribute with a value counts. */
export interface PresetAttributes {
  readonly model: readonly string[]
  readonly provider: readonly string[]
  readonly team: readonly string[]
  readonly keyAlias: readonly string[]
  readonly operation: readonly string[]
  readonly errorType: readonly string[]
  /** Numbers, or text that is one, from 100 to 599; anything else is passed over. */
  readonly httpStatus: readonly string[]
  readonly firstChunk: readonly FirstChunkAttribute[]
  /** `true` (also as text), or a number above 0. */
  readonly stream: readonly string[]
}

/** What shows that an error came from the provider, or on the way to it. */
export interface UpstreamEvidence {
  /** One of these has a value on a span that erred. */
  readonly attributes: readonly string[]
  /** A CLIENT span that erred is evidence. */
  readonly client: boolean
}

export interface Preset {
  /** `lower_snake_case`; what users write. */
  readonly name: string
  /** Made from recordings of the real thing. */
  readonly verified: boolean
  /** Beside other presets: whose spans this one judges alone, whatever it finds them to be. */
  readonly owns?: readonly OwnershipTest[]
  /** Beside other presets: spans that nobody owns, but which this one is asked about first. */
  readonly claims?: SpanTest
  /** The first that holds decides. */
  readonly roles: readonly RoleTest[]
  readonly attributes: PresetAttributes
  readonly upstream: UpstreamEvidence
  /** Classes of errors that are the client's, where no HTTP status says so; without module names. */
  readonly clientErrorTypes: readonly string[]
  /** Error types that only wrap another: the exception's type says more. */
  readonly wrapperErrorTypes: readonly string[]
}
