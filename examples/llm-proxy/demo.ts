import { parseArgs } from 'node:util'
import { playHang } from './demo/hang.ts'
import { BAD, curl, GOOD, STALLING, UNENDING } from './demo/requests.ts'
import { playQuickStart } from './demo/quick-start.ts'
import { paint, say, sayIndented } from './demo/screen.ts'
import { setStage, type Stage, type StageOptions } from './demo/stage.ts'

interface Demo {
  readonly stage: Omit<StageOptions, 'usualPorts'>
  play(stage: Stage): Promise<void>
  /** Requests to send by hand, by what they show. */
  readonly byHand: Readonly<Record<string, object>>
}

const QUICK_START: Demo = {
  stage: { overlays: ['quick-start.yaml'], announce: {} },
  play: playQuickStart,
  byHand: { 'a hang (every request, at this threshold)': GOOD, 'a failure': BAD },
}

const HANG: Demo = {
  stage: {
    overlays: ['quick-start.yaml', 'hang.yaml'],
    announce: { announceAfterMs: 500, heartbeatMs: 1000 },
  },
  play: playHang,
  byHand: {
    'a request that never ends; Ctrl-C lets it go': UNENDING,
    'a stream that stops in the middle; Ctrl-C lets it go': STALLING,
  },
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      hang: { type: 'boolean', default: false },
      hold: { type: 'boolean', default: false },
    },
  })
  const demo = values.hang ? HANG : QUICK_START
  let stage: Stage | undefined
  try {
    stage = await setStage({ ...demo.stage, usualPorts: values.hold })
    if (values.hold) await hold(stage, demo)
    else await demo.play(stage)
    return 0
  } catch (error) {
    say(paint('red', `failed: ${error instanceof Error ? error.message : String(error)}`))
    return 1
  } finally {
    await stage?.close()
  }
}

/** Keeps everything running for requests by hand, until interrupted. */
async function hold({ proxyUrl, health, metrics }: Stage, { byHand }: Demo): Promise<void> {
  for (const [what, body] of Object.entries(byHand)) {
    say(`${what}:`)
    sayIndented(curl(proxyUrl, body))
  }
  say(`alerts: curl http://${health}/alerts   metrics: curl http://${metrics}/metrics`)
  say('Ctrl-C ends it.')
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}

process.exitCode = await main()
