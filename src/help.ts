import type { AnyKind } from './checks/kind.ts'
import { makeProgram } from './cli.ts'
import { commonOptions } from './plan/common-options.ts'
import type { OptionSet } from './plan/option.ts'
import { didYouMean } from './plan/suggest.ts'
import { UsageError } from './plan/usage-error.ts'

const WIDTH = 100

const EXIT_CODES = `Exit codes
  0 ready, 1 not ready (--once), 2 usage error, 3 an answer that waiting will not change,
  70 a bug, 124 timed out, 126 or 127 the command could not be run, 128+n ended by signal n
`

/** The help that was asked for: of the program, or of one kind. */
export function helpText(topic: string | undefined, kinds: Readonly<Record<string, AnyKind>>): string {
  return topic === undefined ? programHelp(kinds) : kindHelp(topic, kinds)
}

/** The help of the whole program: every kind with an example and the names of its options, and the flags. */
export function programHelp(kinds: Readonly<Record<string, AnyKind>>): string {
  const program = makeProgram(kinds).configureHelp({ helpWidth: WIDTH })
  const overview = Object.entries(kinds).flatMap(([name, kind]) => [
    `  readywhen ${kind.examples[0]}`,
    ...wrap(`${name}: ${names(kind.options)}`, '    '),
  ])
  return [
    program.helpInformation().trimEnd(),
    '',
    'Options of one check ride behind its target and never go over the wire:',
    ...wrap(`all kinds: ${names(commonOptions)}`, '    '),
    ...overview,
    '  readywhen --help http    explains those of one kind',
    '',
    'A target written @/path is read from that file.',
    'Every flag has a variable: READYWHEN_TIMEOUT, READYWHEN_HTTP (a list, by white space) and so on.',
    'readywhen install PATH copies this program to PATH.',
    '',
    EXIT_CODES,
  ].join('\n')
}

/**
 * The help of one kind: what it waits for, examples, every option; meant to fit a terminal of 24 lines. Throws
 * `UsageError` for a kind that is not there.
 */
export function kindHelp(name: string, kinds: Readonly<Record<string, AnyKind>>): string {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (kind === undefined) {
    const known = Object.keys(kinds)
    throw new UsageError(
      `--help knows no kind of that name${didYouMean(name, known)}; there are ${known.join(', ')}`,
    )
  }
  return [
    `--${name} <${kind.placeholder}>   ready when ${kind.summary}`,
    ...kind.examples.map((example) => `  readywhen ${example}`),
    '',
    'Options behind the target: #name=value&name=value',
    ...table({ ...kind.options, ...commonOptions }),
    '',
  ].join('\n')
}

function names(options: OptionSet): string {
  return Object.entries(options)
    .map(([name, spec]) => (spec.placeholder === undefined ? name : `${name}=`))
    .join(' ')
}

function table(options: OptionSet): string[] {
  const rows = Object.entries(options).map(([name, spec]) => ({
    term: spec.placeholder === undefined ? name : `${name}=${spec.placeholder}`,
    text: spec.repeats ? `${spec.summary} (repeatable)` : spec.summary,
  }))
  const width = Math.max(...rows.map((row) => row.term.length)) + 2
  return rows.flatMap(({ term, text }) => {
    const lines = wrap(text, ' '.repeat(width + 2))
    return [`  ${term.padEnd(width)}${lines[0]?.trimStart() ?? ''}`, ...lines.slice(1)]
  })
}

/** Breaks a text into lines of at most `WIDTH` characters, each indented. */
function wrap(text: string, indent: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(indent + line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, indent + line]
}
