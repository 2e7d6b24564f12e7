/**
 * What the SpanProcessor costs an application, with and without it in one run, and what its door costs
 * to load:
 *
 *     node test/bench/span-processor.ts
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { ROOT_CONTEXT, type Span, SpanKind, trace, type Tracer } from '@opentelemetry/api'
import { BasicTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { SpanpagerSpanProcessor } from '../../src/index.ts'
import { against, type Against, NO_TARGET } from './against.ts'

/** ns of a start and an end together. */
export interface SpanCost {
  readonly without: number
  /** Median over the rounds of what the processor added in each. */
  readonly added: number
}

/** A start to give, and an end to wait for. */
type Shape = (tracer: Tracer) => Span

const SPANS = 4000
const ROUNDS = 201
const ROOT = resolve(import.meta.dirname, '../..')

const quiet = { export() {}, shutdown: async () => {} }

const parent = {
  traceId: '1'.repeat(32),
  spanId: '2'.repeat(16),
  traceFlags: 1,
}

/** Of what is added to a span that may be a request, ns. */
const MATCHED_NANO = { target: 500, goal: 200 }

const SHAPES: Readonly<Record<string, Shape>> = {
  'matched (SERVER on an LLM route)': (tracer) =>
    tracer.startSpan('POST', {
      kind: SpanKind.SERVER,
      attributes: { 'url.path': '/v1/chat/completions', 'http.request.method': 'POST' },
    }),
  'matched (chat call with a local parent)': (tracer) =>
    tracer.startSpan(
      'chat',
      { kind: SpanKind.CLIENT, attributes: { 'gen_ai.operation.name': 'chat' } },
      trace.setSpanContext(ROOT_CONTEXT, parent),
    ),
  'other (INTERNAL with a local parent)': (tracer) =>
    tracer.startSpan('middleware', {}, trace.setSpanContext(ROOT_CONTEXT, parent)),
}

/** Half a request's worth of spans is open at any time, as in a busy proxy. */
function round(shape: Shape, tracer: Tracer): number {
  const open: Span[] = []
  const started = process.hrtime.bigint()
  for (let index = 0; index < SPANS; index += 1) {
    open.push(shape(tracer))
    if (open.length === 64) for (const span of open.splice(0)) span.end()
  }
  for (const span of open) span.end()
  return Number(process.hrtime.bigint() - started) / SPANS
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

export type NamedSpanCost = SpanCost & Against & { readonly name: string }

/** Of each kind of span. */
export async function measureSpanProcessor(): Promise<readonly NamedSpanCost[]> {
  const costs: NamedSpanCost[] = []
  for (const [name, shape] of Object.entries(SHAPES)) {
    const cost = await measureSpan(shape)
    const added = Math.round(cost.added)
    const verdict = name.startsWith('matched') ? against(added, MATCHED_NANO) : NO_TARGET
    costs.push({ name, without: Math.round(cost.without), added, ...verdict })
  }
  return costs
}

/** Both providers take turns, so that what else the machine does meets both. */
async function measureSpan(shape: Shape): Promise<SpanCost> {
  const nothing: SpanProcessor = {
    onStart() {},
    onEnd() {},
    forceFlush: async () => {},
    shutdown: async () => {},
  }
  const processor = new SpanpagerSpanProcessor({ exporter: quiet })
  const without = new BasicTracerProvider({ spanProcessors: [nothing] }).getTracer('bench')
  const withIt = new BasicTracerProvider({ spanProcessors: [nothing, processor] }).getTracer(
    'bench',
  )
  const times: number[] = []
  const added: number[] = []
  for (let index = 0; index < ROUNDS; index += 1) {
    // Whoever goes second has a warmer machine.
    const withFirst = index % 2 === 0 ? round(shape, withIt) : undefined
    const plain = round(shape, without)
    times.push(plain)
    added.push((withFirst ?? round(shape, withIt)) - plain)
  }
  await processor.shutdown()
  return { without: median(times), added: median(added) }
}

export interface DoorCost {
  /** Bytes of JavaScript that the door loads, as built. */
  readonly bytes: number
  readonly files: number
  /** ms of `import()` in a fresh process, median. */
  readonly loadMs: number
}

/** Builds into a temporary folder, as npm would publish it. */
export function measureDoor(): DoorCost {
  const folder = mkdtempSync(join(tmpdir(), 'spanpager-door-'))
  try {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    const build = [
      '-p',
      join(ROOT, 'tsconfig.build.json'),
      '--outDir',
      folder,
      '--sourceMap',
      'false',
    ]
    execFileSync(process.execPath, [tsc, ...build], { cwd: ROOT })
    const script = `
      import { registerHooks } from 'node:module'
      import { statSync } from 'node:fs'
      import { fileURLToPath } from 'node:url'
      const loaded = []
      registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
      const before = performance.now()
      await import(process.argv[1])
      const loadMs = performance.now() - before
      const own = loaded.filter((url) => url.startsWith('file:'))
      const bytes = own.reduce((sum, url) => sum + statSync(fileURLToPath(url)).size, 0)
      console.log(JSON.stringify({ bytes, files: own.length, loadMs }))`
    const door = join(folder, 'index.js')
    const runs = Array.from({ length: 7 }, (): DoorCost => {
      const args = ['--input-type=module', '-e', script, door]
      return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
    })
    const [first] = runs
    if (first === undefined) throw new Error(`nothing was built: ${readdirSync(folder).join()}`)
    return { ...first, loadMs: Math.round(median(runs.map(({ loadMs }) => loadMs))) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

if (import.meta.main) {
  console.table(await measureSpanProcessor())
  console.table([measureDoor()])
}
