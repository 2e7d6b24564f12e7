import type { Delivery } from '../../src/delivery/contract.ts'
import { createDelivery } from '../../src/delivery/delivery.ts'
import type { DeliveryPolicy } from '../../src/delivery/policy.ts'
import { DEFAULT_DELIVERY_POLICY } from '../../src/delivery/policy.ts'
import type { AlertChange, AlertFacts, EpisodeRef } from '../../src/model/alert.ts'
import type { AlertEvent } from '../../src/model/component.ts'
import type { ChangesEntry, JournalEntry } from '../../src/model/journal.ts'
import type { Telemetry } from '../../src/model/telemetry.ts'
import type { ManualClock } from '../helpers/manual-clock.ts'
import { createManualClock } from '../helpers/manual-clock.ts'
import type { RecordingJournal } from '../helpers/recording-journal.ts'
import { createRecordingJournal } from '../helpers/recording-journal.ts'
import type { Step } from './scripted-exporter.ts'
import { NO_SAMPLES } from '../helpers/no-samples.ts'
import { DELIVERED, ScriptedExporter } from './scripted-exporter.ts'

export const START_MS = Date.UTC(2026, 0, 5, 9)
export const PROCESSOR = 'llm_alerting'
export const EXPORTER = 'pagerduty'

const FACTS: AlertFacts = {
  count: 60,
  atLeast: false,
  threshold: 60,
  windowMs: 60_000,
  requests: 80,
  ...NO_SAMPLES,
  open: 0,
  firstSeenMs: START_MS,
  detectionLagMs: 20,
  late: 0,
}

function episode(dedupKey: string, firedAtMs: number): EpisodeRef {
  return {
    dedupKey,
    name: 'spanpager',
    rule: 'failures',
    ruleKind: 'failures',
    severity: 'critical',
    group: [{ key: 'service.name', value: dedupKey }],
    rollUp: false,
    firedAtMs,
  }
}

export function firing(dedupKey: string, firedAtMs = START_MS): AlertChange {
  return { kind: 'firing', episode: episode(dedupKey, firedAtMs), facts: FACTS }
}

export function resolved(dedupKey: string, firedAtMs = START_MS): AlertChange {
  return {
    kind: 'resolved',
    episode: episode(dedupKey, firedAtMs),
    resolvedAtMs: firedAtMs + 60_000,
    peak: 61,
    total: 90,
    reason: 'recovered',
  }
}

/** What the delivery said about itself, one word and the dedup key or reason each. */
export class Said implements Record<keyof Telemetry['delivery'], unknown> {
  readonly lines: string[] = []
  readonly attempted: Telemetry['delivery']['attempted'] = () => undefined
  readonly misconfigured: Telemetry['delivery']['misconfigured'] = (exporter, reason) => {
    this.lines.push(`misconfigured ${exporter}: ${reason}`)
  }
  readonly deadLetter: Telemetry['delivery']['deadLetter'] = (_exporter, change, reason) => {
    this.lines.push(`dead letter ${change.kind} ${change.episode.dedupKey}: ${reason}`)
  }
  readonly droppedLate: Telemetry['delivery']['droppedLate'] = (_exporter, change) => {
    this.lines.push(`dropped late ${change.kind} ${change.episode.dedupKey}`)
  }
}

export interface Rig {
  readonly clock: ManualClock
  readonly journal: RecordingJournal
  readonly exporter: ScriptedExporter
  readonly delivery: Delivery
  readonly said: Said
  /** Journals changes that the engine made, and hands them to the delivery. */
  change(...changes: AlertChange[]): Promise<void>
  /** `<result> <kind> <dedup key>` of each delivery entry. */
  outcomes(): string[]
}

export interface RigOptions {
  readonly script?: (event: AlertEvent, nth: number) => Step
  readonly policy?: Partial<DeliveryPolicy>
  readonly random?: () => number
  readonly clock?: ManualClock
  /** Left by a former process; replayed before the start. */
  readonly kept?: RecordingJournal['entries']
}

/** A started delivery with one scripted exporter, over a recording journal and a manual clock. */
export function createRig(options: RigOptions = {}): Rig {
  const clock = options.clock ?? createManualClock(START_MS)
  const journal = createRecordingJournal(options.kept)
  const exporter = new ScriptedExporter(clock, options.script ?? (() => ({ result: DELIVERED })))
  const said = new Said()
  const policy = { ...DEFAULT_DELIVERY_POLICY, ...options.policy }
  const delivery = createDelivery({
    routes: new Map([[PROCESSOR, [EXPORTER]]]),
    exporters: new Map([[EXPORTER, { exporter, policy }]]),
    journal,
    clock,
    random: options.random ?? (() => 0.5),
    telemetry: said,
  })
  for (const { position, entry } of options.kept ?? []) replay(delivery, position, entry)
  delivery.start()

  return {
    clock,
    journal,
    exporter,
    delivery,
    said,
    async change(...changes) {
      const { entry, cause } = journalChanges(journal, clock.now(), changes)
      delivery.accept(cause + 1, entry)
      await clock.settle()
    },
    outcomes: () => outcomesIn(journal),
  }
}

/** Appends the tick that caused them and the changes, as the host does. */
export function journalChanges(
  journal: RecordingJournal,
  timeMs: number,
  changes: readonly AlertChange[],
): { entry: ChangesEntry; cause: number } {
  const tick = { kind: 'tick', processor: PROCESSOR, timeMs, reason: 'due' } as const
  const { position: cause, committed } = journal.append(tick)
  const entry: ChangesEntry = { kind: 'changes', processor: PROCESSOR, timeMs, cause, changes }
  void Promise.allSettled([committed, journal.append(entry).committed])
  return { entry, cause }
}

export function replay(delivery: Delivery, position: number, entry: JournalEntry): void {
  if (entry.kind === 'changes') delivery.accept(position, entry)
  if (entry.kind === 'delivery') delivery.replay(entry)
}

function outcomesIn(journal: RecordingJournal): string[] {
  const changes = journal.of('changes')
  return journal.of('delivery').map(({ event, result }) => {
    const entry = changes.find(({ cause }) => cause === event.position)!
    const change = entry.changes[event.index]!
    return `${result} ${change.kind} ${change.episode.dedupKey}`
  })
}
