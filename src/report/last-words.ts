import { readFileSync, statSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { isatty } from 'node:tty'
import { isOwnProcess } from './ancestry.ts'
import { isProbe } from './probe.ts'

/** What the kubelet reads of one container, in bytes (Kubernetes, "Determine the reason for pod failure"). */
export const MOST_BYTES = 4096
/** Less than this says nothing. */
const LEAST_BYTES = 32
/** Where Kubernetes reads a container's last words, unless the pod says otherwise (terminationMessagePath). */
const TERMINATION_LOG = '/dev/termination-log'

/** Who speaks, and where. */
export interface Speaker {
  readonly path: string
  /** A probe (`--once`) asks again and again while the app lives: the message is never its. */
  readonly probe: boolean
  /** See `isContainersOwn`; asked only when there is something to say. */
  own(): boolean
  /** Somebody reads along (`kubectl exec -it`) and needs no trace. */
  readonly watched: boolean
}

/**
 * Leaves the last words of this process where `kubectl describe pod` finds them. The message belongs to what the
 * container was started for; of another process only a failure is told, beside what is there already.
 */
export function leaveLastWords(message: () => string, succeeded: boolean): void {
  const path = process.env['READYWHEN_TERMINATION_LOG'] ?? TERMINATION_LOG
  leave({ path, probe: isProbe(), own: isOwnProcess, watched: isatty(2) }, message, succeeded)
}

/** Writes only into a file that is there already, and says nothing when it cannot: outside of a pod there is none. */
export function leave(speaker: Speaker, message: () => string, succeeded: boolean): void {
  const { path, probe, own, watched } = speaker
  try {
    if (probe || !statSync(path, { throwIfNoEntry: false })?.isFile()) return
    if (own()) writeFileSync(path, `${cutBytes(message(), MOST_BYTES - 1)}\n`)
    else if (!succeeded && !watched) append(path, message())
  } catch {
    // Missing, read-only, not ours: the log has said it all.
  }
}

/** Somebody else's words stay, and the same is not said twice: a hook is run again, a probe without `--once` for ever. */
function append(path: string, message: string): void {
  const before = readFileSync(path, 'utf8')
  const separator = before === '' || before.endsWith('\n') ? '' : '\n'
  const room = MOST_BYTES - bytesOf(before + separator).length - 1
  const added = cutBytes(message, room)
  if (room < LEAST_BYTES || before.includes(added)) return
  writeFileSync(path, `${separator}${added}\n`, { flag: 'a' })
}

/** The start of a text that takes at most `bytes` (3 at least) in UTF-8, cut between two characters. */
export function cutBytes(text: string, bytes: number): string {
  const whole = bytesOf(text)
  if (whole.length <= bytes) return text
  let end = bytes - bytesOf('…').length
  // A byte 10xxxxxx continues a character: never cut before one.
  while (end > 0 && ((whole[end] ?? 0) & 0xc0) === 0x80) end--
  return `${new TextDecoder().decode(whole.subarray(0, end))}…`
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
