import type { WaitEvent } from '../wait/event.ts'
import { jsonReporter } from './json.ts'
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
