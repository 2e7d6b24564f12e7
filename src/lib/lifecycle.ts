/** Something that is started and shut down. */
export interface Startable {
  start(): Promise<void>
  shutdown(signal: AbortSignal): Promise<void>
}

/** A part with the name it has in messages. */
export interface Part {
  readonly name: string
  readonly part: Startable
}

/**
 * Starts parts one after the other and stops them in reverse. A start that fails stops what had
 * started and rejects with the part's own error. A shutdown goes on past a part that fails.
 */
export function createLifecycle(
  parts: readonly Part[],
  onStopFailed: (name: string, error: unknown) => void,
): Startable {
  const running: Part[] = []
  let started: Promise<void> | undefined
  let stopped: Promise<void> | undefined

  async function stop(signal: AbortSignal): Promise<void> {
    for (let newest = running.pop(); newest !== undefined; newest = running.pop()) {
      try {
        await newest.part.shutdown(signal)
      } catch (error) {
        onStopFailed(newest.name, error)
      }
    }
  }

  async function start(): Promise<void> {
    for (const next of parts) {
      try {
        await next.part.start()
      } catch (error) {
        await stop(AbortSignal.timeout(1_000))
        throw error
      }
      running.push(next)
    }
  }

  return {
    start: () => (started ??= start()),
    shutdown(signal) {
      stopped ??= (async () => {
        await started?.catch(() => undefined)
        await stop(signal)
      })()
      return stopped
    },
  }
}
