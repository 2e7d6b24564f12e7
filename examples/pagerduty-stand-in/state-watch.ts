interface Waiter {
  readonly predicate: () => boolean
  readonly settle: (error?: Error) => void
}

/** Lets callers wait for a state instead of sleeping. */
export class StateWatch {
  readonly #describe: () => string
  readonly #waiters = new Set<Waiter>()

  constructor(describe: () => string) {
    this.#describe = describe
  }

  /** To be called after every change. */
  changed(): void {
    for (const { predicate, settle } of this.#waiters) {
      try {
        if (predicate()) settle()
      } catch (error) {
        settle(new Error('the predicate failed', { cause: error }))
      }
    }
  }

  /** Ends all waiting. */
  close(): void {
    for (const { settle } of this.#waiters) settle(new Error('closed while waiting'))
  }

  until(predicate: () => boolean, timeoutMs: number): Promise<void> {
    if (predicate()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        predicate,
        settle: (error) => {
          clearTimeout(timer)
          this.#waiters.delete(waiter)
          if (error === undefined) resolve()
          else reject(error)
        },
      }
      const timer = setTimeout(() => {
        waiter.settle(new Error(`not so within ${timeoutMs} ms; seen: ${this.#describe()}`))
      }, timeoutMs)
      this.#waiters.add(waiter)
    })
  }
}
