import assert from 'node:assert/strict'
import { textReporter } from '../../src/report/text.ts'
import type { CheckIdentity, WaitEvent } from '../../src/wait/event.ts'
import { status } from './statuses.ts'

export const start = (...checks: CheckIdentity[]): WaitEvent => ({
  type: 'start',
  statuses: checks.map((check) => status(check)),
})

/** The lines that the text log has of these events. */
export function log(
  events: readonly WaitEvent[],
  options: { quiet?: boolean; verbose?: boolean; colour?: boolean } = {},
): string[] {
  let text = ''
  const reporter = textReporter({
    quiet: false,
    verbose: false,
    colour: false,
    ...options,
    write(piece) {
      text += piece
    },
  })
  for (const event of events) reporter.on(event)
  reporter.close()
  assert.ok(text === '' || text.endsWith('\n'))
  return text.split('\n').slice(0, -1)
}
