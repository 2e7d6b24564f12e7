import { RECORD_ROLES, type RecordRole } from '../../model/record.ts'

/** Roles as the table holds them: one more than the index in RECORD_ROLES. */
const numberOf = (role: RecordRole): number => RECORD_ROLES.indexOf(role) + 1

/** Not come yet, but somebody waits for it. */
export const AWAITED = 0
export const REQUEST = numberOf('request')
export const UNSURE = numberOf('unsure')
export const CANDIDATE = numberOf('candidate')
export const ATTEMPT = numberOf('attempt')
export const SIGN = numberOf('sign')
/** This and the following match nothing by themselves. */
export const LINK = numberOf('link')
export const VOID = numberOf('void')

/** A request, or something that can be an attempt of one. */
export function isMatch(role: number): boolean {
  return role !== AWAITED && role <= ATTEMPT
}

/** Only a step on the way up. */
export function passes(role: number): boolean {
  return role === LINK || role === SIGN
}

/** Is part of its parent, which may not have come. */
export function hasParent(role: number): boolean {
  return role === CANDIDATE || role === ATTEMPT || role === SIGN || role === LINK
}
