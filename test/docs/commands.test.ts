import { describe, expect, it } from 'vitest'
import { spanpager } from '../commands/run-command.ts'
import { documents, fences, prose, read, section, tableRows } from './markdown.ts'

const scripts: object = JSON.parse(read('package.json')).scripts

/** Code of a document: what stands in backticks or in a block for the shell. */
function code(file: string): string[] {
  const shell = fences(read(file)).filter(({ info }) => info === 'sh')
  const inline = prose(read(file)).matchAll(/`([^`\n]+)`/g)
  return [
    ...shell.flatMap(({ text }) => text.split(/\n|&&/)),
    ...Array.from(inline, (match) => match[1]!),
  ].map((command) => command.trim())
}

/** The command line of spanpager in a piece of code, if it is one. */
function argsOf(command: string): string[] | undefined {
  const match = /^(?:spanpager|npx node src\/cli\.ts)((?: .*)?)$/.exec(command)
  return match?.[1]!.replace(/ >.*/, '').split(' ').filter(Boolean)
}

describe.each(documents())('commands in %s', (file) => {
  it('exist, with their options', async () => {
    for (const args of code(file).flatMap((command) => [argsOf(command) ?? []])) {
      const [name, ...options] = args
      if (name === undefined || name === 'COMMAND' || name.startsWith('-')) continue
      const { code: exit, stdout } = await spanpager([name, '--help'])
      expect(exit, `spanpager ${name}`).toBe(0)
      for (const option of options.filter((word) => word.startsWith('--'))) {
        expect(stdout).toContain(option)
      }
    }
  })

  it('of npm exist', () => {
    for (const command of code(file)) {
      const name = /^npm (?:run )?([a-z:]+)/.exec(command)?.[1]
      if (name === undefined || ['ci', 'run'].includes(name)) continue
      expect(Object.keys(scripts), command).toContain(name)
    }
  })
})

describe('the table of commands in README.md', () => {
  it('has all of them', async () => {
    const { stdout } = await spanpager(['help'])
    const listed = tableRows(section(read('README.md'), 'Commands'))
      .map(([command]) => command!)
      .filter((command) => command.startsWith('spanpager '))
    const existing = Array.from(stdout.matchAll(/^ {2}([a-z-]+) {2,}/gm), (match) => match[1]!)
    expect(existing).toContain('run')
    expect(listed.map((command) => command.replace('spanpager ', ''))).toEqual(
      existing.filter((name) => name !== 'help'),
    )
  })

  it('names the options that a configuration is read with', async () => {
    for (const name of ['run', 'validate', 'status', 'test-page', 'print-config']) {
      const { stdout } = await spanpager([name, '--help'])
      expect(stdout).toContain('--config FILE')
      expect(stdout).toContain('--set a.b=')
    }
  })
})

describe('the dependencies in README.md', () => {
  it('are those of package.json, each with a reason', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json'))
    const rows = tableRows(section(read('README.md'), 'Requirements and dependencies'))
    const listed = rows.map(([name]) => name!.replaceAll('`', ''))
    expect(listed.toSorted()).toEqual(
      [
        ...Object.keys(dependencies),
        ...Object.keys(devDependencies).map((name) => `${name} (dev)`),
      ].sort(),
    )
    for (const [, reason] of rows) expect(reason!.length).toBeGreaterThan(5)
  })
})
