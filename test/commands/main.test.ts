import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { configJsonSchema } from '../../src/config/json-schema.ts'
import { PRESETS } from '../../src/selection/presets.ts'
import { spanpager } from './run-command.ts'

describe('spanpager', () => {
  it.each([['help'], ['--help'], ['-h']])('%s lists the commands', async (...args) => {
    const { code, stdout } = await spanpager(args)
    expect(code).toBe(0)
    const commands = ['run', 'validate', 'status', 'test-page', 'print-config', 'components']
    for (const name of [...commands, 'schema', 'version']) expect(stdout).toContain(`\n  ${name} `)
    expect(stdout).toContain('--config FILE')
  })

  it.each([[['help', 'status']], [['status', '--help']]])('%j tells its options', async (args) => {
    const { code, stdout } = await spanpager(args)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Usage: spanpager status \[options\]/)
    expect(stdout).toContain('--endpoint')
  })

  it.each([['version'], ['--version'], ['-v']])('%s prints the version', async (arg) => {
    const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
    const { version } = JSON.parse(text) as { version: string }
    expect(await spanpager([arg])).toEqual({
      code: 0,
      stdout: `spanpager ${version}\n`,
      stderr: '',
    })
  })

  it.each([
    [['valdate'], /unknown command valdate; did you mean validate\?/],
    [['help', 'rum'], /unknown command rum; did you mean run\?/],
    [['--confg', 'x'], /unknown option --confg; did you mean --config\? allowed: --config, --set/],
    [['validate', '--sett=a'], /unknown option --sett; did you mean --set\?/],
    [['validate', 'file.yaml'], /takes no arguments beside options; allowed: --config, --set/],
    [['components', '--all'], /unknown option --all; it takes no options/],
    [['run', '--config'], /--config/],
    [['status', '--endpoint', 'no host'], /--endpoint must be HOST:PORT or a URL/],
  ])('%j is a usage error', async (args, message) => {
    const { code, stdout, stderr } = await spanpager(args)
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(message)
  })

  it('runs without a command, and says which variable the default configuration lacks', async () => {
    for (const args of [[], ['run'], ['--config', 'otel-config.yaml']]) {
      const { code, stderr } = await spanpager(args)
      expect(code).toBe(2)
      expect(stderr).toMatch(
        /^error: otel-config\.yaml:\d+: exporters\.pagerduty\.routing_key needs the environment variable PAGERDUTY_API_KEY, which is not set\n/,
      )
      expect(stderr).toContain('the configuration has 1 fault; nothing was started')
    }
  })
})

describe('spanpager components', () => {
  it('lists components, and presets with whether they were verified', async () => {
    const { code, stdout } = await spanpager(['components'])
    expect(code).toBe(0)
    for (const type of ['otlp', 'llm_alerting', 'pagerduty', 'debug', 'health_check']) {
      expect(stdout).toMatch(new RegExp(`^  ${type} +beta`, 'm'))
    }
    for (const { name, verified } of PRESETS.values()) {
      expect(stdout).toMatch(
        new RegExp(`^  ${name} +${verified ? 'verified' : 'unverified'}:`, 'm'),
      )
    }
  })
})

describe('spanpager schema', () => {
  it('prints the JSON Schema', async () => {
    const { code, stdout } = await spanpager(['schema'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual(configJsonSchema())
  })
})
