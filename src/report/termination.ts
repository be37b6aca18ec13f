import type { CheckStatus, Outcome } from '../wait/event.ts'
import { commonHint } from './common-hint.ts'
import { bytesOf, cutBytes, MOST_BYTES } from './last-words.ts'
import { belowLine, labelWidth, stateLine } from './line.ts'
import type { Reporter } from './reporter.ts'
import { oneLine } from './width.ts'
import { closing, closingWord, ending, isSaid, label, worstFirst } from './words.ts'

/**
 * Leaves the last words where `kubectl describe pod` finds them. When a command follows, a success is not told: the
 * command owns the message then, and with `FallbackToLogsOnError` ours would hide the log of its failure.
 */
export function terminationReporter(
  leave: (message: () => string, succeeded: boolean) => void,
  commandFollows: boolean,
): Reporter {
  return {
    on(event) {
      if (event.type !== 'end' || (commandFollows && event.outcome === 'ready')) return
      const { outcome, statuses, elapsedMs } = event
      leave(() => terminationMessage(outcome, statuses, elapsedMs), outcome === 'ready')
    },
    close() {},
  }
}

/** The message, at most 4095 bytes of UTF-8, since a line break follows: the outcome, then the checks, those that failed first, with hints. */
export function terminationMessage(
  outcome: Outcome,
  statuses: readonly CheckStatus[],
  elapsedMs: number,
): string {
  const width = labelWidth(statuses)
  const hints = new Set<string>()
  const hint = outcome === 'ready' ? undefined : commonHint(statuses)
  const blocks = isSaid(outcome, statuses) ? [] : [ending(outcome, statuses, elapsedMs)]
  if (hint !== undefined) blocks.push(`hint: ${hint}`)
  for (const status of worstFirst(statuses)) {
    const lines = [stateLine(closingWord(status), label(status.check), width, closing(status)).text]
    const own = status.state === 'ready' ? undefined : status.failure?.hint
    if (own !== undefined && !hints.has(own)) lines.push(belowLine(`hint: ${oneLine(own)}`).text)
    if (own !== undefined) hints.add(own)
    blocks.push(lines.join('\n'))
  }
  return fill(blocks, MOST_BYTES - 1)
}

/** As many whole blocks as fit; the first one is cut at a character if it alone is too long. */
function fill(blocks: readonly string[], bytes: number): string {
  let message = ''
  for (const [i, block] of blocks.entries()) {
    const longer = i === 0 ? cutBytes(block, bytes) : `${message}\n${block}`
    const more = i === blocks.length - 1 ? '' : `\nand ${blocks.length - i - 1} more`
    if (bytesOf(longer + more).length > bytes && i > 0) {
      return cutBytes(`${message}\nand ${blocks.length - i} more`, bytes)
    }
    message = longer
  }
  return message
}
