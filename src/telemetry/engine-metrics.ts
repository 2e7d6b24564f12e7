import type { Attributes, Meter, ObservableResult } from '@opentelemetry/api'
import type { EngineCounters } from '../model/engine.ts'
import type { EngineView } from '../model/status.ts'

type Read = (counters: EngineCounters, observe: (value: number, labels: Attributes) => void) => void

/** What an engine counts, by metric. The engine's counters are cumulative, as Prometheus wants them. */
const METRICS: readonly { name: string; description: string; read: Read }[] = [
  {
    name: 'spanpager_requests',
    description: 'LLM requests decided, by outcome.',
    read: ({ requests }, observe) => {
      for (const [outcome, value] of Object.entries(requests)) observe(value, { outcome })
    },
  },
  {
    name: 'spanpager_requests_revised',
    description: 'Requests whose outcome changed after they were counted.',
    read: ({ revised }, observe) => {
      for (const [change, value] of revised) {
        const [from = '', to = ''] = change.split('>')
        observe(value, { from, to })
      }
    },
  },
  {
    name: 'spanpager_hangs',
    description: 'Requests that became a hang, by evidence.',
    read: ({ rules }, observe) => {
      for (const [evidence, value] of Object.entries(rules.hangs)) observe(value, { evidence })
    },
  },
  {
    name: 'spanpager_hangs_withdrawn',
    description: 'Hangs that later evidence showed to be none.',
    read: ({ rules }, observe) => {
      for (const [evidence, value] of Object.entries(rules.hangsWithdrawn)) {
        observe(value, { evidence })
      }
    },
  },
  {
    name: 'spanpager_duplicate_spans',
    description: 'Spans that came again and were not counted again.',
    read: ({ duplicates }, observe) => observe(duplicates, {}),
  },
  {
    name: 'spanpager_late_requests',
    description: 'Requests that came too long after their end to page.',
    read: ({ late }, observe) => observe(late, {}),
  },
  {
    name: 'spanpager_attempts_dropped',
    description: 'Attempts whose request had not come within decision_wait.',
    read: ({ attemptsDropped }, observe) => observe(attemptsDropped, {}),
  },
  {
    name: 'spanpager_decided_early',
    description: 'Candidates decided before their time, for there were too many.',
    read: ({ decidedEarly }, observe) => observe(decidedEarly, {}),
  },
  {
    name: 'spanpager_ids_forgotten',
    description: 'Span ids given up before their time, for there were too many.',
    read: ({ idsForgotten }, observe) => observe(idsForgotten, {}),
  },
  {
    name: 'spanpager_groups_overflowed',
    description: 'Requests counted under (other), for there were too many groups; once per rule.',
    read: ({ rules }, observe) => observe(rules.overflowed, {}),
  },
  {
    name: 'spanpager_window_given_up',
    description: 'Failures and hangs given up because a window was full; once per rule.',
    read: ({ rules }, observe) => observe(rules.givenUp, {}),
  },
  {
    name: 'spanpager_instances_lost',
    description: 'Processes that fell silent with open spans; these are not counted as hangs.',
    read: ({ open }, observe) => observe(open.instancesLost, {}),
  },
  {
    name: 'spanpager_lost_instance_spans',
    description: 'Open spans of processes that fell silent.',
    read: ({ open }, observe) => observe(open.spansOfLostInstances, {}),
  },
  {
    name: 'spanpager_open_spans_leaked',
    description: 'Open spans that grew older than max_open_age, no longer counted.',
    read: ({ open }, observe) => observe(open.leaked, {}),
  },
  {
    name: 'spanpager_announcements_refused',
    description: 'Announcements that the table of open spans did not take, by reason.',
    read: ({ open }, observe) => {
      for (const [reason, value] of Object.entries(open.faults)) observe(value, { reason })
    },
  },
  {
    name: 'spanpager_inferences',
    description: 'Open requests inferred from orphaned children.',
    read: ({ open }, observe) => observe(open.inferred, {}),
  },
  {
    name: 'spanpager_inferences_wrong',
    description: 'Inferences that the parent, when it came, showed to be wrong.',
    read: ({ open }, observe) => observe(open.inferredWrongly, {}),
  },
  {
    name: 'spanpager_inference_given_up',
    description: 'Parents, ended ids and kinds of children given up, for there were too many.',
    read: ({ open }, observe) => observe(open.inferenceGivenUp, {}),
  },
]

/** Reads the engines' counters whenever metrics are collected. */
export function observeEngines(meter: Meter, engines: () => readonly EngineView[]): void {
  for (const { name, description, read } of METRICS) {
    const instrument = meter.createObservableCounter(name, { description })
    instrument.addCallback((result: ObservableResult) => {
      for (const { processor, counters } of engines()) {
        const labels = processorLabel(processor)
        read(counters, (value, own) => result.observe(value, { ...own, ...labels }))
      }
    })
  }
  const openSpans = meter.createObservableGauge('spanpager_open_spans', {
    description: 'Spans known to be open; lost and leaked ones are among the announced.',
  })
  openSpans.addCallback((result) => {
    for (const { processor, counters } of engines()) {
      for (const [state, value] of Object.entries(counters.open.open)) {
        result.observe(value, { state, ...processorLabel(processor) })
      }
    }
  })
}

/**
 * The one unnamed processor, which most have, goes without a label; `llm_alerting/name` has one. So
 * series keep their identity when a second processor comes.
 */
export function processorLabel(processor: string): Attributes {
  return processor.includes('/') ? { processor } : {}
}
