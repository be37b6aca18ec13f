import { jsonReporter } from './json.ts'
import type { Reporter, ReportOptions } from './reporter.ts'
import { terminalReporter } from './terminal.ts'
import { terminationReporter } from './termination.ts'
import { textReporter } from './text.ts'

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
