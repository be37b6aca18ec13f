import { Command, CommanderError, Option } from 'commander'
import { type SettingSpec, settings } from './plan/settings.ts'
import type { Given, GivenTarget, Source } from './plan/source.ts'
import { didYouMean } from './plan/suggest.ts'
import { UsageError } from './plan/usage-error.ts'

/** What the command line asks for. */
export type Request =
  | {
      readonly action: 'wait'
      readonly source: Source
      readonly config: string | undefined
      /** What to become when ready. */
      readonly command: readonly string[] | undefined
    }
  | { readonly action: 'help'; readonly topic: string | undefined }
  | { readonly action: 'version' }
  | { readonly action: 'install'; readonly path: string }

/** The line of help of one kind: all that the command line has to know of it. */
export interface KindLine {
  readonly placeholder: string
  readonly summary: string
}

/** An option whose value is kept under the name of its flag, and not under one that commander makes of it at each look. */
class Flag extends Option {
  readonly #name: string

  constructor(name: string, value: string, summary: string) {
    super(`--${name}${value}`, summary)
    this.#name = name
  }

  override name(): string {
    return this.#name
  }

  override attributeName(): string {
    return this.#name
  }
}

function settingFlag([name, spec]: [string, SettingSpec<unknown>]): Flag {
  const { placeholder, summary, default: byDefault } = spec
  if (placeholder === undefined) return new Flag(name, '', summary)
  return new Flag(name, ` <${placeholder}>`, `${summary} (default: ${byDefault})`)
}

/** Makes the commander program with all its flags, in the order of the help text. */
export function makeProgram(kinds: Readonly<Record<string, KindLine>>): Command {
  const program = new Command('readywhen')
    .usage('[flags] [-- command args…]')
    .description('Waits until everything named is ready, then exits 0 or becomes the command.')
    .helpOption(false)
    .helpCommand(false)
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({ writeErr: () => {}, writeOut: () => {} })
  program.optionsGroup('Checks, each repeatable, all run at once. Ready when …')
  for (const [name, { placeholder, summary }] of Object.entries(kinds)) {
    program.addOption(new Flag(name, ` <${placeholder}>`, summary))
  }
  program.optionsGroup('Flags')
  for (const flag of [
    ...Object.entries(settings).map(settingFlag),
    new Flag('config', ' <file>', 'YAML or JSON with keys named as the flags; flags add to it'),
    new Flag('version', '', 'print the version'),
    new Flag('help', ' [kind]', 'print this, or all about one kind of check'),
  ]) {
    program.addOption(flag)
  }
  return program
}

/** Reads a command line. Throws `UsageError`; never repeats an argument, which may hold a secret, but for its flag. */
export type ParseCommandLine = (argv: readonly string[]) => Request

/** Makes what reads command lines, one after the other. */
export function commandLineParser(kinds: Readonly<Record<string, KindLine>>): ParseCommandLine {
  let targets: GivenTarget[] = []
  let install: string | undefined
  const program = makeProgram(kinds)
  for (const kind of Object.keys(kinds)) {
    program.on(`option:${kind}`, (text: string) => {
      targets.push({ kind, text, origin: `--${kind}`, options: [] })
    })
  }
  program.action(() => {})
  program
    .command('install', { hidden: true })
    .argument('<path>')
    .action((path: string) => {
      install = path
    })

  return (argv) => {
    const dashes = argv.indexOf('--')
    const own = dashes < 0 ? argv : argv.slice(0, dashes)
    const command = dashes < 0 ? undefined : argv.slice(dashes + 1)
    if (command?.length === 0) throw new UsageError('there is no command behind --')
    targets = []
    install = undefined
    try {
      program.parse(own, { from: 'user' })
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error
      if (program.opts()['help'] === undefined) throw usageError(error, program)
    }
    const { help, version, config, ...values } = program.opts<Record<string, string | boolean>>()
    if (help !== undefined) return { action: 'help', topic: typeof help === 'string' ? help : undefined }
    if (version !== undefined) return { action: 'version' }
    if (install !== undefined && command !== undefined) throw new UsageError('install takes no command')
    if (install !== undefined) return { action: 'install', path: install }
    const given = new Map<string, Given>()
    for (const name in values) {
      if (name in settings) given.set(name, { text: String(values[name]), origin: `--${name}` })
    }
    const source = { targets, settings: given }
    return { action: 'wait', source, config: typeof config === 'string' ? config : undefined, command }
  }
}

function usageError(error: CommanderError, { options }: Command): UsageError {
  const names = options.map((option) => `--${option.name()}`)
  switch (error.code) {
    case 'commander.unknownOption': {
      const flag = /'(--?[\w-]*)/.exec(error.message)?.[1] ?? ''
      if (names.includes(flag)) return new UsageError(`${flag} takes no value`)
      const meant = didYouMean(flag, names)
      // Behind one dash a value may follow at once, as in -pSECRET.
      const shown = flag.startsWith('--') || meant !== '' ? flag : flag.slice(0, 2)
      return new UsageError(`unknown flag ${shown}${meant}; --help lists them`)
    }
    case 'commander.optionMissingArgument': {
      const flag = /'(--[\w-]+)/.exec(error.message)?.[1] ?? 'a flag'
      return new UsageError(`${flag} needs a value`)
    }
    case 'commander.missingArgument':
      return new UsageError('install needs a path to copy to')
    case 'commander.unknownCommand':
    case 'commander.excessArguments': {
      const flags = names.slice(0, 3).join(', ')
      return new UsageError(
        `an argument belongs to no flag: targets are given with ${flags} …, a command behind --`,
      )
    }
    default:
      return new UsageError(`the command line cannot be read (${error.code}); --help shows how it is written`)
  }
}
