import type { RequestFacts } from '../../../model/outcome.ts'
import type { GroupValues, OpenRequest } from '../../../model/record.ts'
import { wordsToHex } from '../hex.ts'

/** Children kept per parent: those that ended last. */
const MAX_CHILDREN = 16
/** Kinds of children looked at per parent. */
const MAX_KINDS = 16

/** What is known of one kind of children of one parent: nothing, that it was no request, or that it was. */
export const COUNTED = { not: 0, wrong: 1, right: 2 } as const

export interface Child {
  /** ns since the engine's epoch. */
  readonly endNano: number
  /** Words of its span id. */
  readonly s0: number
  readonly s1: number
  readonly group: GroupValues
  readonly facts: RequestFacts
}

/** A span that children spoke of: it has not come, or came lately. */
export interface MissingParent {
  /** `service.name` of its first child, and the key of that one's instance. */
  readonly service: string
  readonly instance: string
  /** Start of the earliest child, ns since the engine's epoch. */
  startNano: number
  /** Latest end first; ties by span id, so that the order of arrival does not matter. */
  readonly children: Child[]
  /** Keys of LearnedKinds, and per key one of COUNTED. */
  readonly kinds: string[]
  readonly counted: number[]
  /** What rules know of it. */
  told: OpenRequest | undefined
}

/** Returns false when it is known already. */
export function addChild(parent: MissingParent, child: Child, startNano: number): boolean {
  const { children } = parent
  if (children.some(({ s0, s1 }) => s0 === child.s0 && s1 === child.s1)) return false
  const at = children.findIndex((other) => isLater(child, other))
  children.splice(at < 0 ? children.length : at, 0, child)
  if (children.length > MAX_CHILDREN) children.pop()
  parent.startNano = Math.min(parent.startNano, startNano)
  return true
}

export function addKind(parent: MissingParent, kind: string): void {
  if (parent.kinds.length >= MAX_KINDS || parent.kinds.includes(kind)) return
  parent.kinds.push(kind)
  parent.counted.push(COUNTED.not)
}

/** `ids`: words of the parent's ids, six from `at` on. */
export function asOpenRequest(parent: MissingParent, ids: Uint32Array, at: number): OpenRequest {
  return {
    state: 'open',
    traceId: wordsToHex(ids, at, 4),
    spanId: wordsToHex(ids, at + 4, 2),
    evidence: 'inferred',
    startNano: parent.startNano,
    // Children tell of authentication, routing and attempts, never for sure of an answer.
    firstChunkNano: -1,
    progressNano: -1,
    lostNano: undefined,
    group: groupOf(parent),
    facts: factsOf(parent),
    service: parent.service,
  }
}

/** Of each group attribute the latest child's value. */
function groupOf({ children }: MissingParent): GroupValues {
  return children[0]!.group.map(
    (_, key) => children.find(({ group }) => group[key] !== undefined)?.group[key],
  )
}

/** How a child ended says nothing of its parent, so neither error nor status is among them. */
const FACTS = ['model', 'provider', 'operation', 'route', 'team', 'keyAlias'] as const

/** Of each fact the latest child's. */
function factsOf({ children }: MissingParent): RequestFacts {
  const facts: { -readonly [Name in keyof RequestFacts]: RequestFacts[Name] } = {}
  for (const name of FACTS) {
    const value = children.find((child) => child.facts[name] !== undefined)?.facts[name]
    if (value !== undefined) facts[name] = value
  }
  return facts
}

function isLater(a: Child, b: Child): boolean {
  if (a.endNano !== b.endNano) return a.endNano > b.endNano
  return a.s0 === b.s0 ? a.s1 > b.s1 : a.s0 > b.s0
}
