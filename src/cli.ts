import { Command, CommanderError } from 'commander'
import { settings } from './plan/settings.ts'
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

/** One flag, as commander takes it. */
interface Flag {
  readonly name: string
  /** What follows the name: ` <duration>`. */
  readonly value: string
  readonly summary: string | undefined
}

/**
 * All flags in the order of the help text. Without `lines` those of kinds carry no text, so that no kind has to be
 * loaded before its flag is used.
 */
function kindFlags(kinds: readonly string[], lines?: Readonly<Record<string, KindLine>>): Flag[] {
  return kinds.map((name) => {
    const line = lines?.[name]
    return { name, value: ` <${line?.placeholder ?? 'target'}>`, summary: line?.summary }
  })
}

function ownFlags(): Flag[] {
  const fromSettings = Object.entries(settings).map(([name, { placeholder, summary, default: byDefault }]) =>
    placeholder === undefined
      ? { name, value: '', summary }
      : { name, value: ` <${placeholder}>`, summary: `${summary} (default: ${byDefault})` },
  )
  return [
    ...fromSettings,
    {
      name: 'config',
      value: ' <file>',
      summary: 'YAML or JSON with keys named as the flags; flags add to it',
    },
    { name: 'version', value: '', summary: 'print the version' },
    { name: 'help', value: ' [kind]', summary: 'print this, or all about one kind of check' },
  ]
}

function newProgram(): Command {
  return new Command('readywhen')
    .usage('[flags] [-- command args…]')
    .description('Waits until everything named is ready, then exits 0 or becomes the command.')
    .helpOption(false)
    .helpCommand(false)
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({ writeErr: () => {}, writeOut: () => {} })
}

/** Makes the commander program with all its flags, for the help text. */
export function makeProgram(lines: Readonly<Record<string, KindLine>>): Command {
  const program = newProgram()
  program.optionsGroup('Checks, each repeatable, all run at once. Ready when …')
  addFlags(program, kindFlags(Object.keys(lines), lines))
  program.optionsGroup('Flags')
  addFlags(program, ownFlags())
  return program
}

function addFlags(program: Command, flags: readonly Flag[]): void {
  for (const { name, value, summary } of flags) program.option(`--${name}${value}`, summary)
}

/** Reads the command line. Throws `UsageError`; never repeats an argument, which may hold a secret, but for its flag. */
export function parseCommandLine(argv: readonly string[], kinds: readonly string[]): Request {
  const dashes = argv.indexOf('--')
  const own = dashes < 0 ? argv : argv.slice(0, dashes)
  const command = dashes < 0 ? undefined : argv.slice(dashes + 1)
  if (command?.length === 0) throw new UsageError('there is no command behind --')

  const flags = [...kindFlags(kinds), ...ownFlags()]
  const program = newProgram()
  // Declaring flags is most of what commander does here, and the start of a small program: only those in use are.
  const named = new Set(own.map((argument) => argument.split('=', 1)[0]))
  addFlags(
    program,
    flags.filter(({ name }) => named.has(`--${name}`)),
  )
  const targets: GivenTarget[] = []
  const given = new Map<string, Given>()
  for (const kind of kinds) {
    program.on(`option:${kind}`, (text: string) => {
      targets.push({ kind, text, origin: `--${kind}`, options: [] })
    })
  }
  let install: string | undefined
  if (named.has('install')) {
    program
      .command('install')
      .argument('<path>')
      .exitOverride()
      .allowExcessArguments(false)
      .action((path: string) => {
        install = path
      })
  }
  program.action(() => {})
  try {
    program.parse(own, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (program.opts()['help'] === undefined) throw usageError(error, flags)
  }
  const options = program.opts<Record<string, string | boolean | undefined>>()
  if (options['help'] !== undefined) {
    return { action: 'help', topic: typeof options['help'] === 'string' ? options['help'] : undefined }
  }
  if (options['version'] !== undefined) return { action: 'version' }
  if (install !== undefined && command !== undefined) throw new UsageError('install takes no command')
  if (install !== undefined) return { action: 'install', path: install }
  for (const option of program.options) {
    const name = option.name()
    const value = options[option.attributeName()]
    if (value !== undefined && name in settings) given.set(name, { text: String(value), origin: `--${name}` })
  }
  const config = typeof options['config'] === 'string' ? options['config'] : undefined
  return { action: 'wait', source: { targets, settings: given }, config, command }
}

function usageError(error: CommanderError, flags: readonly Flag[]): UsageError {
  const names = flags.map(({ name }) => `--${name}`)
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
