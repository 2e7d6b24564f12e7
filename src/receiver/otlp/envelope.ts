/**
 * What the resources and scopes around the items of a request are read into; the same for every
 * signal. Each is opened before what is in it and closed after: resource and scope name may come after the items.
 */
export interface Envelope {
  /** A resource to fill, all attributes absent: value ids, one per column. */
  openResource(): { readonly attributes: Uint32Array }
  closeResource(): void
  /** A scope to fill, of the resource opened last; its name is empty. */
  openScope(): { name: string }
  closeScope(): void
}
