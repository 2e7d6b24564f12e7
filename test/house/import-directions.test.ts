import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

type Case = readonly [file: string, specifiers: readonly string[]]

/** What a file of each place may import ... */
const ALLOWED: readonly Case[] = [
  ['model/a.ts', ['./span.ts']],
  ['lib/a.ts', ['./duration.ts', 'node:http', 'zod']],
  ['engine/a.ts', ['./requests/requests.ts', './counters.ts', '../model/record.ts']],
  ['engine/requests/a.ts', ['../../lib/hash.ts', '../counters.ts', './open/leases.ts']],
  ['engine/requests/open/a.ts', ['../span-table.ts', '../../../model/record.ts']],
  ['engine/rules/a.ts', ['../../lib/glob.ts', '../../lib/hash64.ts']],
  ['selection/a.ts', ['./presets/litellm.ts', '../lib/glob.ts', '../model/span.ts']],
  ['selection/presets/a.ts', ['../preset.ts']],
  ['alerting-options/a.ts', ['../model/rule.ts', '../selection/presets.ts', '../lib/hash64.ts']],
  ['records/a.ts', ['../model/record.ts', './indexed.ts', '../lib/cut-text.ts']],
  ['host/a.ts', ['../model/engine.ts', './leases.ts']],
  ['delivery/a.ts', ['../model/clock.ts', './contract.ts']],
  ['journal/a.ts', ['../model/journal.ts', 'node:sqlite']],
  ['journal/codec/a.ts', ['../memory.ts', '../../model/journal.ts']],
  ['receiver/otlp/a.ts', ['../../model/span.ts', '../../lib/schema.ts', 'node:dns/promises']],
  ['receiver/otlp/json/a.ts', ['../values.ts', 'protobufjs/minimal.js']],
  ['processor/llm_alerting/a.ts', ['../../selection/presets.ts', '../../lib/hash64.ts', 'zod']],
  ['processor/llm_alerting/b.ts', ['../../alerting-options/rules.ts', '../../records/indexed.ts']],
  ['exporter/pagerduty/a.ts', ['../summary.ts', 'undici', '../../model/alert.ts']],
  ['extension/health_check/a.ts', ['../../lib/http-server.ts', '../../model/status.ts']],
  ['telemetry/a.ts', ['../model/telemetry.ts', '@opentelemetry/sdk-metrics']],
  ['span-processor/a.ts', ['../engine/engine.ts', '../journal/memory.ts', '../host/host.ts']],
  ['span-processor/alone/a.ts', ['../tracker.ts', '../../alerting-options/options.ts', 'node:os']],
  [
    'span-processor/alone/b.ts',
    ['../../records/indexed.ts', '../../exporter/pagerduty/exporter.ts'],
  ],
  ['config/a.ts', ['../pipeline/components.ts', 'yaml']],
  ['pipeline/a.ts', ['../engine/engine.ts', '../exporter/pagerduty/config.ts']],
  ['commands/a.ts', ['../collector.ts', '../config/load.ts', '../lib/edit-distance.ts']],
  ['cli.ts', ['./commands/main.ts', 'node:fs']],
  ['collector.ts', ['./pipeline/build.ts', './telemetry/telemetry.ts']],
  ['index.ts', ['./span-processor/processor.ts']],
  ['register.ts', ['./span-processor/attach.ts', 'node:worker_threads']],
]

/** ... and a choice of what it may not. */
const REFUSED: readonly Case[] = [
  ['model/a.ts', ['../lib/hash.ts', '../engine/engine.ts', 'node:fs', 'fs', 'zod']],
  ['lib/a.ts', ['../model/clock.ts', '../collector.ts', '../../test/helpers/batch.ts']],
  ['engine/a.ts', ['../selection/selection.ts', '../lib/system-clock.ts', '../collector.ts', 'fs']],
  ['engine/requests/a.ts', ['../rules/rules.ts', '../engine.ts', '../../lib/schema.ts']],
  ['engine/requests/open/a.ts', ['../../rules/rules.ts', '../../engine.ts', 'undici']],
  ['engine/rules/a.ts', ['../requests/requests.ts', '../../host/host.ts', 'node:crypto']],
  ['selection/a.ts', ['../engine/engine.ts', '../lib/http-get.ts', '../collector.ts', 'path']],
  ['selection/presets/a.ts', ['../../engine/engine.ts', '../../processor/llm_alerting/rules.ts']],
  ['alerting-options/a.ts', ['../engine/engine.ts', '../processor/llm_alerting/config.ts', 'zod']],
  ['records/a.ts', ['../processor/llm_alerting/links.ts', '../host/host.ts', 'node:fs']],
  ['host/a.ts', ['../engine/engine.ts', '../journal/memory.ts', '../collector.ts', 'node:fs']],
  ['delivery/a.ts', ['../engine/engine.ts', '../exporter/pagerduty/client.ts', 'undici']],
  ['journal/a.ts', ['../engine/engine.ts', '../delivery/outbox.ts', '../collector.ts']],
  ['journal/codec/a.ts', ['../../engine/engine.ts', '../../host/host.ts']],
  ['receiver/otlp/a.ts', ['../../engine/engine.ts', '../../selection/selection.ts', 'undici']],
  ['receiver/otlp/json/a.ts', ['../wire/reader.ts', '../../../collector.ts']],
  ['processor/llm_alerting/a.ts', ['../../engine/engine.ts', '../../receiver/otlp/values.ts']],
  ['exporter/a.ts', ['../collector.ts', '../engine/engine.ts']],
  [
    'exporter/pagerduty/a.ts',
    ['../debug/exporter.ts', '../../delivery/policy.ts', '@grpc/grpc-js'],
  ],
  ['extension/health_check/a.ts', ['../../telemetry/logger.ts', '../../collector.ts']],
  ['telemetry/a.ts', ['../exporter/summary.ts', '../config/mask.ts', '../engine/engine.ts']],
  ['span-processor/a.ts', ['../receiver/otlp/grpc.ts', '../collector.ts', 'yaml', '@grpc/grpc-js']],
  [
    'span-processor/alone/a.ts',
    ['../../processor/llm_alerting/config.ts', '../../pipeline/build.ts'],
  ],
  ['span-processor/b.ts', ['../journal/sqlite.ts', '../lib/http-server.ts', '../config/load.ts']],
  ['config/a.ts', ['../pipeline/build.ts', '../exporter/pagerduty/config.ts', '../collector.ts']],
  ['pipeline/a.ts', ['../collector.ts', '../commands/run.ts', '../../examples/llm-proxy/proxy.ts']],
  ['commands/a.ts', ['../engine/engine.ts', '../telemetry/logger.ts', '../../test/docs/page.ts']],
  ['cli.ts', ['./collector.ts', './config/load.ts', '../examples/llm-proxy/proxy.ts']],
  ['collector.ts', ['./engine/engine.ts', './commands/run.ts', './cli.ts']],
  ['index.ts', ['./collector.ts', './receiver/otlp/grpc.ts', '@grpc/grpc-js', 'yaml']],
  ['register.ts', ['./collector.ts', './engine/engine.ts']],
  ['something_new/a.ts', ['../model/span.ts', '../engine/engine.ts']],
]

interface Report {
  readonly diagnostics: readonly {
    readonly code: string
    readonly filename: string
    readonly labels: readonly { readonly span: { readonly line: number } }[]
  }[]
}

describe('.oxlintrc.json', () => {
  /** Holds a copy of the configuration and, in `src`, files with nothing but imports. */
  let tree: string

  beforeAll(() => {
    tree = mkdtempSync(join(tmpdir(), 'import-directions-'))
    copyFileSync('.oxlintrc.json', join(tree, '.oxlintrc.json'))
  })

  afterAll(() => rmSync(tree, { recursive: true }))

  /** Per file, the specifiers that the linter refuses. */
  function refused(cases: readonly Case[]): Map<string, string[]> {
    rmSync(join(tree, 'src'), { recursive: true, force: true })
    for (const [file, specifiers] of cases) {
      const path = join(tree, 'src', file)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, specifiers.map((specifier) => `import '${specifier}'\n`).join(''))
    }
    const { stdout } = spawnSync(
      process.execPath,
      [resolve('node_modules/oxlint/bin/oxlint'), '--format=json', 'src'],
      { cwd: tree, encoding: 'utf8' },
    )
    const { diagnostics }: Report = JSON.parse(stdout)
    const lines = new Set(
      diagnostics
        .filter(({ code }) => code === 'eslint(no-restricted-imports)')
        .map(({ filename, labels }) => `${filename}:${labels[0]!.span.line}`),
    )
    return new Map(
      cases.map(([file, specifiers]) => [
        file,
        specifiers.filter((_, at) => lines.has(`src/${file}:${at + 1}`)),
      ]),
    )
  }

  it('lets every place import what it is built on', () => {
    expect(refused(ALLOWED)).toEqual(new Map(ALLOWED.map(([file]) => [file, []])))
  })

  it('refuses imports against the direction, of siblings, and of a platform where none belongs', () => {
    expect(refused(REFUSED)).toEqual(new Map(REFUSED))
  })
})
