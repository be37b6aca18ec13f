import { statSync, writeFileSync } from 'node:fs'
import type { CheckStatus, Outcome } from '../wait/event.ts'
import { commonHint } from './common-hint.ts'
import { belowLine, labelWidth, stateLine } from './line.ts'
import type { Reporter } from './reporter.ts'
import { oneLine } from './width.ts'
import { closing, closingWord, ending, isSaid, label, worstFirst } from './words.ts'

/** What the kubelet reads of one container, in bytes (Kubernetes, "Determine the reason for pod failure"). */
const MOST_BYTES = 4096

/**
 * Leaves the last words where `kubectl describe pod` finds them. When a command follows, a success is not told: the
 * command owns the message then, and with `FallbackToLogsOnError` ours would hide the log of its failure.
 */
export function terminationReporter(path: string, commandFollows: boolean): Reporter {
  return {
    on(event) {
      if (event.type !== 'end' || (commandFollows && event.outcome === 'ready')) return
      leave(path, terminationMessage(event.outcome, event.statuses, event.elapsedMs))
    },
    close() {},
  }
}

/** The message, at most 4096 bytes of UTF-8: the outcome, then the checks, those that failed first, with hints. */
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
  return fill(blocks, MOST_BYTES)
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

function cutBytes(text: string, bytes: number): string {
  const whole = bytesOf(text)
  if (whole.length <= bytes) return text
  let end = bytes - bytesOf('…').length
  // A byte 10xxxxxx continues a character: never cut before one.
  while (end > 0 && ((whole[end] ?? 0) & 0xc0) === 0x80) end--
  return `${new TextDecoder().decode(whole.subarray(0, end))}…`
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** Writes only into a file that is there already, and says nothing when it cannot: outside of a pod there is none. */
function leave(path: string, message: string): void {
  try {
    if (statSync(path).isFile()) writeFileSync(path, `${message}\n`)
  } catch {
    // Missing, read-only, not ours: the log has said it all.
  }
}
