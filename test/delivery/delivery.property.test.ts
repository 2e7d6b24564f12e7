import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AttemptResult } from '../../src/model/component.ts'
import { createManualClock } from '../helpers/manual-clock.ts'
import type { Rig } from './rig.ts'
import { createRig, firing, resolved, START_MS } from './rig.ts'
import type { Step } from './scripted-exporter.ts'
import { DELIVERED, REFUSED_KEY, REJECTED, THROTTLED, UNREACHABLE } from './scripted-exporter.ts'

const KEYS = ['a', 'b', 'c']

/** The engine's side: an alert fires, or resolves, after a while. */
interface Flip {
  readonly key: string
  readonly afterMs: number
}

const flips = fc.array(
  fc.record({
    key: fc.constantFrom(...KEYS),
    afterMs: fc.oneof(fc.constant(0), fc.nat(5_000), fc.nat(400_000)),
  }),
  { minLength: 1, maxLength: 25 },
)

const results: fc.Arbitrary<AttemptResult> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(DELIVERED) },
  { weight: 3, arbitrary: fc.constant(UNREACHABLE) },
  { weight: 2, arbitrary: fc.constant(THROTTLED) },
  { weight: 1, arbitrary: fc.nat(90_000).map((afterMs) => ({ ...THROTTLED, afterMs })) },
  { weight: 1, arbitrary: fc.nat(90_000).map((afterMs) => ({ ...UNREACHABLE, afterMs })) },
  { weight: 1, arbitrary: fc.constant(REFUSED_KEY) },
  { weight: 1, arbitrary: fc.constant(REJECTED) },
)

const steps: fc.Arbitrary<Step> = results
  .chain((result) =>
    fc.record({
      result: fc.constant(result),
      tookMs: fc.oneof(fc.constant(0), fc.nat(15_000)),
      // A time-out may hide that the event was taken.
      taken: fc.constantFrom(result.kind === 'delivered', result === UNREACHABLE || false),
    }),
  )
  .map((step) => (step.result.kind === 'delivered' ? { ...step, taken: true } : step))

const scripts = fc.array(steps, { maxLength: 40 })
const latePages = fc.constantFrom('send' as const, 'drop' as const)

/** Whether the destination asks for a pause or refuses the key. */
function holdsAll(result: AttemptResult): boolean {
  return result.kind === 'misconfigured' || (result.kind === 'retry' && result.wholeDestination)
}

/** A script that becomes good at its end. */
function follow(script: readonly Step[]): () => Step {
  let next = 0
  return () => script[next++] ?? { result: DELIVERED }
}

/** Plays the flips; every episode has its own `firedAtMs`. Resolves all that is open at the end. */
async function play(rig: Rig, scenario: readonly Flip[], closeAll = true): Promise<number> {
  const open = new Map<string, number>()
  let episodes = 0
  const flip = async (key: string) => {
    const firedAtMs = open.get(key)
    if (firedAtMs === undefined) {
      episodes += 1
      open.set(key, episodes)
      await rig.change(firing(key, episodes))
    } else {
      open.delete(key)
      await rig.change(resolved(key, firedAtMs))
    }
  }
  for (const { key, afterMs } of scenario) {
    await rig.clock.advance(afterMs)
    await flip(key)
  }
  if (closeAll) for (const key of open.keys()) await flip(key)
  return episodes
}

/** `firing 3`, `resolved 3`: events that the destination took, by episode. */
function takenOf(rig: Rig, key: string): string[] {
  return rig.exporter.taken
    .filter(({ change }) => change.episode.dedupKey === key)
    .map(({ change }) => `${change.kind} ${change.episode.firedAtMs}`)
}

function expectOrder(rig: Rig): void {
  for (const key of KEYS) {
    const places = rig.exporter.attempts
      .filter(({ dedupKey }) => dedupKey === key)
      .map(({ exporterEvent: { change } }) =>
        change.kind === 'firing' ? 2 * change.episode.firedAtMs : 2 * change.episode.firedAtMs + 1,
      )
    expect(places).toEqual([...places].sort((a, b) => a - b))
  }
}

/** Episodes that left an incident open: a trigger taken, and no resolve of it after. */
function leftOpen(rig: Rig): string[] {
  const open = KEYS.flatMap((key) => {
    const taken = takenOf(rig, key)
    return taken.filter((event, index) => {
      const [kind, episode] = event.split(' ')
      return kind === 'firing' && !taken.slice(index).includes(`resolved ${episode}`)
    })
  })
  return [...new Set(open)]
}

describe('whatever the destination does', () => {
  it('keeps the order of a dedup key, with one attempt in flight', async () => {
    await fc.assert(
      fc.asyncProperty(
        flips,
        scripts,
        latePages,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async (scenario, script, policy, random) => {
          const rig = createRig({
            script: follow(script),
            policy: { latePages: policy },
            random: () => random,
          })
          await play(rig, scenario)
          await rig.clock.advance(3_600_000)
          expect([...rig.exporter.overlapping]).toEqual([])
          expectOrder(rig)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('loses nothing once it is good again, and gives each accepted trigger one accepted resolve', async () => {
    await fc.assert(
      fc.asyncProperty(flips, scripts, async (scenario, script) => {
        const rig = createRig({ script: follow(script) })
        const episodes = await play(rig, scenario)
        await rig.clock.advance(6 * 3_600_000)
        expect(rig.delivery.pending()).toEqual([])
        const outcomes = rig.journal.of('delivery')
        expect(outcomes).toHaveLength(2 * episodes)
        expect(new Set(outcomes.map(({ event }) => `${event.position}/${event.index}`)).size).toBe(
          2 * episodes,
        )
        const rejectedResolves = rig.said.lines.filter((line) => line.includes('resolved'))
        expect(leftOpen(rig).length).toBeLessThanOrEqual(rejectedResolves.length)

        const lines = rig.outcomes()
        const count = (start: string) => lines.filter((line) => line.startsWith(start)).length
        // Of triggers, `send` drops none; of resolves, only those of rejected triggers.
        expect(count('delivered firing') + count('rejected firing')).toBe(episodes)
        expect(count('dropped resolved')).toBeLessThanOrEqual(count('rejected firing'))
        expect(count('delivered resolved') + count('rejected resolved')).toBeGreaterThanOrEqual(
          count('delivered firing'),
        )
      }),
      { numRuns: 150 },
    )
  })

  it('leaves no incident open when late pages are dropped', async () => {
    const noRejections = scripts.map((script) =>
      script.filter(({ result }) => result.kind !== 'rejected'),
    )
    await fc.assert(
      fc.asyncProperty(flips, noRejections, async (scenario, script) => {
        const rig = createRig({ script: follow(script), policy: { latePages: 'drop' } })
        await play(rig, scenario)
        await rig.clock.advance(6 * 3_600_000)
        expect(rig.delivery.pending()).toEqual([])
        expect(leftOpen(rig)).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  it('never lets more than 100 attempts arrive in any trailing 60 s', async () => {
    const bursts = fc.array(fc.record({ size: fc.nat(130), afterMs: fc.nat(50_000) }), {
      minLength: 1,
      maxLength: 8,
    })
    await fc.assert(
      fc.asyncProperty(
        bursts,
        scripts,
        fc.nat(10),
        fc.boolean(),
        async (scenario, script, everyNth, stops) => {
          let nth = 0
          const next = follow(script)
          const rig = createRig({
            script: () => {
              nth += 1
              if (nth % (everyNth + 2) === 0) return { result: UNREACHABLE }
              return next()
            },
          })
          let key = 0
          for (const { size, afterMs } of scenario) {
            await rig.change(...Array.from({ length: size }, () => firing(`k${key++}`)))
            await rig.clock.advance(afterMs)
          }
          const stopped = stops && rig.delivery.shutdown(new AbortController().signal)
          await rig.clock.advance(600_000)
          await stopped
          const { attempts } = rig.exporter
          // At worst this one arrives when it begins, and each before it when that ends.
          const crowded = attempts.filter(({ beganMs }, index) => {
            const before = attempts.slice(0, index)
            return before.filter(({ endedMs }) => endedMs >= beganMs - 60_000).length >= 100
          })
          expect(crowded).toEqual([])
          expect(rig.exporter.mostInFlight).toBeLessThanOrEqual(8)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('makes at most one attempt of each event at a shutdown, in order, and delivers what it may', async () => {
    // Nothing but back-offs holds up anything.
    const noHolds = scripts.map((script) => script.filter(({ result }) => !holdsAll(result)))
    await fc.assert(
      fc.asyncProperty(
        flips,
        fc.oneof(scripts, noHolds),
        steps,
        fc.nat(100_000),
        latePages,
        async (scenario, script, last, stopsAfterMs, policy) => {
          const rig = createRig({ script: follow(script), policy: { latePages: policy } })
          await play(rig, scenario, false)
          await rig.clock.advance(stopsAfterMs)
          const before = rig.exporter.attempts.length
          const held = rig.exporter.attempts.some(({ result }) => holdsAll(result))
          rig.exporter.become(() => last)
          const stopped = rig.delivery.shutdown(new AbortController().signal)
          await rig.clock.advance(3_600_000)
          await stopped
          expect(rig.clock.waiting).toBe(0)
          expect([...rig.exporter.overlapping]).toEqual([])
          expectOrder(rig)
          const attempted = rig.exporter.attempts
            .slice(before)
            .map(({ exporterEvent: { id } }) => `${id.position}/${id.index}`)
          expect(new Set(attempted).size).toBe(attempted.length)
          if (!held && last.result.kind === 'delivered') {
            expect(rig.delivery.pending()).toEqual([])
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  it('loses and re-opens nothing when the process dies at any moment and starts again', async () => {
    const noRejections = scripts.map((script) =>
      script.filter(({ result }) => result.kind !== 'rejected'),
    )
    await fc.assert(
      fc.asyncProperty(
        flips,
        noRejections,
        fc.nat(600_000),
        fc.nat(600_000),
        latePages,
        async (scenario, script, diesAfterMs, uncommittedMs, policy) => {
          const clock = createManualClock(START_MS)
          const options = { clock, policy: { latePages: policy } }
          const before = createRig({ ...options, script: follow(script) })
          await play(before, scenario)
          await clock.advance(diesAfterMs)
          // As it dies, what the journal had committed and what the destination took are left of it.
          before.journal.hold()
          const kept = [...before.journal.entries]
          await clock.advance(uncommittedMs)
          const taken = [...before.exporter.taken]
          const after = createRig({ ...options, kept })
          after.exporter.taken.push(...taken)
          await clock.advance(3_600_000)
          expect(after.delivery.pending()).toEqual([])
          expect(leftOpen(after)).toEqual([])
          expect(after.journal.of('delivery')).toHaveLength(
            after.journal.of('changes').reduce((sum, { changes }) => sum + changes.length, 0),
          )
          // What was taken of an episode after its resolve: nothing.
          for (const key of KEYS) {
            const events = takenOf(after, key)
            for (const [index, event] of events.entries()) {
              const [kind, episode] = event.split(' ')
              if (kind !== 'resolved') continue
              expect(events.slice(index)).not.toContain(`firing ${episode}`)
            }
          }
        },
      ),
      { numRuns: 100 },
    )
  })
})
