import { jsonReporter } from './json.ts'
import { probeReporter, withoutLocalHints } from './probe-log.ts'
import type { Reporter, ReportOptions } from './reporter.ts'
import { terminalReporter } from './terminal.ts'
import { terminationReporter } from './termination.ts'
import { textReporter } from './text.ts'

/** Makes what was asked for, as one reporter. */
export function makeReporters(options: ReportOptions): Reporter {
  const reporters = [
    logReporter(options),
    terminationReporter(options.leave, options.commandFollows ?? false),
  ]
  return {
    on(event) {
      const told = options.once ? withoutLocalHints(event) : event
      for (const reporter of reporters) reporter.on(told)
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
  if (live) return terminalReporter(options)
  return options.once && !options.verbose ? probeReporter(options) : textReporter(options)
}
