import { NONE } from './span-table.ts'

/** Longest way up that is walked; deeper spans wait for the rule of time instead. */
const MAX_CLIMB = 64

/**
 * Who is whose parent, among slots. A parent that has not come yet is a slot too, so everything that
 * waits for it hangs below it and is found at once when it comes.
 */
export class Forest {
  #parent = new Int32Array(1024).fill(NONE)
  #firstChild = new Int32Array(1024).fill(NONE)
  #next = new Int32Array(1024).fill(NONE)
  #previous = new Int32Array(1024).fill(NONE)

  parent(slot: number): number {
    return this.#parent[slot] ?? NONE
  }

  firstChild(slot: number): number {
    return this.#firstChild[slot] ?? NONE
  }

  nextSibling(slot: number): number {
    return this.#next[slot]!
  }

  /**
   * Hangs a slot without parent below another. Refuses what would close a circle (senders can claim
   * anything) or is too deep to tell: then the slot stays alone, and false is returned.
   */
  attach(child: number, parent: number): boolean {
    if (this.#climbs(parent, child)) return false
    this.join(child, parent)
    return true
  }

  /** The same, unasked: for what is known to be a tree. */
  join(child: number, parent: number): void {
    const highest = Math.max(child, parent)
    if (highest >= this.#parent.length) this.#grow(highest)
    const first = this.#firstChild[parent]!
    this.#parent[child] = parent
    this.#next[child] = first
    this.#previous[child] = NONE
    if (first !== NONE) this.#previous[first] = child
    this.#firstChild[parent] = child
  }

  detach(child: number): void {
    const parent = this.parent(child)
    if (parent === NONE) return
    const next = this.#next[child]!
    const previous = this.#previous[child]!
    if (next !== NONE) this.#previous[next] = previous
    if (previous === NONE) this.#firstChild[parent] = next
    else this.#next[previous] = next
    this.#parent[child] = NONE
    this.#next[child] = NONE
  }

  /** Every slot below, in no particular order. `descend` says whether to go below a slot. */
  *below(slot: number, descend: (slot: number) => boolean): Generator<number> {
    const open = [slot]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (let child = this.firstChild(at); child !== NONE; child = this.nextSibling(child)) {
        yield child
        if (descend(child)) open.push(child)
      }
    }
  }

  /** The first slot above for which `stop` holds; NONE when there is none, or too far up. */
  above(slot: number, stop: (slot: number) => boolean): number {
    let at = this.parent(slot)
    for (let step = 0; step < MAX_CLIMB && at !== NONE; step += 1) {
      if (stop(at)) return at
      at = this.parent(at)
    }
    return NONE
  }

  /** Is `target` on the way up from `from`, or is that way too long to tell? */
  #climbs(from: number, target: number): boolean {
    let at = from
    for (let step = 0; step < MAX_CLIMB; step += 1) {
      if (at === target) return true
      at = this.parent(at)
      if (at === NONE) return false
    }
    return true
  }

  #grow(slot: number): void {
    let capacity = this.#parent.length * 2
    while (capacity <= slot) capacity *= 2
    const wider = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const column = new Int32Array(capacity).fill(NONE)
      column.set(old)
      return column
    }
    this.#parent = wider(this.#parent)
    this.#firstChild = wider(this.#firstChild)
    this.#next = wider(this.#next)
    this.#previous = wider(this.#previous)
  }
}
