/** One protocol's server. Has the life of a component, and an address. */
export interface OtlpServer {
  /** Resolves when the port is bound. Rejects with an error that names endpoint and key. */
  start(): Promise<void>
  /** Takes nothing new, lets requests in flight end, and ends them itself when `signal` aborts. */
  shutdown(signal: AbortSignal): Promise<void>
  /** Undefined unless started. */
  address(): { readonly host: string; readonly port: number } | undefined
}

/** Resolves when `signal` aborts, or with `done`, whichever is first; leaves no listener behind. */
export function orAborted(done: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => resolve()
    if (signal.aborted) aborted()
    signal.addEventListener('abort', aborted, { once: true })
    done.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted))
  })
}
