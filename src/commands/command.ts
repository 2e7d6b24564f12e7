/** What a command may use of the outside: only cli.ts touches the process itself. */
export interface CommandContext {
  /** Arguments after the command's name. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Throws when the file cannot be read. */
  readonly readFile: (path: string) => string
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** Aborts when the process is asked to end; its reason is the name of the signal that asked. */
  readonly signal: AbortSignal
  /** Has SIGHUP call this; until a command asks for it, SIGHUP ends the process as it does any. */
  readonly onHangUp: (listener: () => void) => void
}

/** Exit codes: 0 done, 1 it failed, 2 wrong configuration or usage. */
export type ExitCode = 0 | 1 | 2

export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** Its own options, after those of {@link CONFIG_HELP} if it reads a configuration. */
  readonly help: string
  run(context: CommandContext): Promise<ExitCode>
}
