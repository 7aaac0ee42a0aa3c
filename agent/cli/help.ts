import { COMMANDS, type CommandName, type CommandSpec, OPTIONS, type OptionSpec } from './commands.ts'

/** What `--help` prints: of one command, or of all. */
export const helpText = (topic: CommandName | undefined): string =>
  topic === undefined ? overview() : commandHelp(topic)

const table = (rows: readonly (readonly [string, string])[]): string[] => {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, about]) => `  ${name.padEnd(width)}  ${about}`)
}

const overview = (): string => {
  const commands = Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary] as const)
  const lines = [
    'Picket delivers the container logs of a Kubernetes node, once.',
    '',
    'Usage: picket [COMMAND] [OPTIONS]',
    '',
    'Commands:',
    ...table([...commands, ['help COMMAND', 'the options of a command; also COMMAND --help']]),
    '',
    'Options of run:',
    ...optionTable(COMMANDS.run),
    '',
    'Exit codes: 0 all is well, 1 mistakes in the configuration, a failure, or --once stopped before all was delivered,',
    '2 a command line that is not understood.',
    'The configuration is described in docs/configuration.md.',
  ]
  return `${lines.join('\n')}\n`
}

const commandHelp = (topic: CommandName): string => {
  const { usage, about, examples } = COMMANDS[topic]
  const lines = [
    `Usage: ${usage}`,
    '',
    ...about,
    '',
    'Options:',
    ...optionTable(COMMANDS[topic]),
    '',
    examples.length === 1 ? 'Example:' : 'Examples:',
    ...examples.map((example) => `  ${example}`),
  ]
  return `${lines.join('\n')}\n`
}

const optionTable = ({ options }: CommandSpec): string[] =>
  table(
    options.map((name) => {
      const { short, value, about }: OptionSpec = OPTIONS[name]
      return [`${short ? `-${short}, ` : '    '}--${name}${value ? ` ${value}` : ''}`, about] as const
    }),
  )
