import process from 'node:process'
import { isatty } from 'node:tty'
import type { Settings } from '../plan/settings.ts'
import type { WaitEvent } from '../wait/event.ts'
import { terminalTraits } from './colour.ts'
import { jsonReporter } from './json.ts'
import { standardError } from './sink.ts'
import { terminalReporter } from './terminal.ts'
import { terminationReporter } from './termination.ts'
import { textReporter } from './text.ts'

/** Something that tells people or machines about a wait. It never throws and never keeps the process alive. */
export interface Reporter {
  on(event: WaitEvent): void
  /** Stops timers and leaves the terminal in order. May be called at any time, and twice. */
  close(): void
}

/** What the reporters of a wait are made from. */
export interface ReportOptions {
  readonly log: 'text' | 'json'
  readonly quiet: boolean
  readonly verbose: boolean
  /** The output is a terminal on which lines can be drawn anew: see `terminalTraits`. */
  readonly tty: boolean
  readonly colour: boolean
  /** The terminal's size now; asked at every redraw, so that a resize needs no signal. */
  columns(): number
  rows(): number
  /** Writes to standard error and never throws: see `openSink`. */
  write(text: string): void
  /** The time of day, for JSON only. */
  now(): Date
  /** `/dev/termination-log`, or nothing. */
  readonly terminationPath: string | undefined
  /** The program becomes a command when ready, which then owns the termination message. */
  readonly commandFollows?: boolean
}

/** Makes what was asked for, as one reporter. */
export function makeReporters(options: ReportOptions): Reporter {
  const reporters = [logReporter(options)]
  if (options.terminationPath !== undefined) {
    reporters.push(terminationReporter(options.terminationPath, options.commandFollows ?? false))
  }
  return {
    on(event) {
      for (const reporter of reporters) reporter.on(event)
    },
    close() {
      for (const reporter of reporters) reporter.close()
    },
  }
}

function logReporter(options: ReportOptions): Reporter {
  if (options.log === 'json') return jsonReporter(options)
  // Every attempt, or nothing but errors: neither has a use for a table.
  const live = options.tty && !options.quiet && !options.verbose
  return live ? terminalReporter(options) : textReporter(options)
}

/**
 * The reporters of a real run, on standard error. `process.stderr` is not touched unless it is a terminal: on a pipe
 * Node would make that non-blocking for every process that shares it.
 */
export function reportersFor(
  settings: Pick<Settings, 'log' | 'quiet' | 'verbose'>,
  env: Readonly<Record<string, string | undefined>>,
  commandFollows: boolean,
): Reporter {
  const { live, colour } = terminalTraits(env, isatty(2))
  const reporter = makeReporters({
    log: settings.log,
    quiet: settings.quiet,
    verbose: settings.verbose,
    tty: live,
    colour,
    columns: () => process.stderr.columns ?? 0,
    rows: () => process.stderr.rows ?? 0,
    write: (text) => standardError.write(text),
    now: () => new Date(),
    terminationPath: '/dev/termination-log',
    commandFollows,
  })
  return {
    on: reporter.on,
    close() {
      reporter.close()
      standardError.flush()
    },
  }
}
