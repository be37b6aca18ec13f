import type { Socket } from 'node:net'
import { quoteForeign, type Secret } from '../plan/secret.ts'
import { Failure } from './failure.ts'
import type { Attempt } from './kind.ts'
import type { Pattern } from './pattern.ts'

/** How much is looked at of a peer that does not come to the point. */
const MOST_BYTES = 64 * 1024

/** What a peer says of itself, listened to until a pattern is found in it. */
export interface Banner {
  /** Resolves to the line that matched; rejects with `Failure` after 64 KiB without. */
  readonly found: Promise<string>
  /** What came instead, as a reason quotes it; nothing if nothing came. */
  instead(): string | undefined
}

/** Listens to a connected socket, whose errors and end are for the caller to mind. What comes after is thrown away. */
export function listenFor(
  pattern: Pattern,
  socket: Socket,
  secrets: readonly Secret[],
  attempt: Attempt,
): Banner {
  const chunks: Buffer[] = []
  let size = 0

  function said(): string {
    return Buffer.concat(chunks).toString()
  }

  function instead(): string | undefined {
    return size === 0 ? undefined : `"${quoteForeign(said(), secrets, 80)}"`
  }

  const found = new Promise<string>((resolve, reject) => {
    attempt.waitingFor(pattern.shown)
    socket.on('data', function look(chunk: Buffer) {
      chunks.push(chunk.subarray(0, MOST_BYTES - size))
      size = Math.min(MOST_BYTES, size + chunk.length)
      const text = said()
      if (pattern.test(text)) {
        const line = text.split(/[\r\n]+/).find((one) => pattern.test(one)) ?? text
        resolve(quoteForeign(line, secrets, 60))
      } else if (size === MOST_BYTES) {
        const reason = `no ${pattern.shown} in the first 64 KiB, but ${instead()}`
        reject(new Failure({ code: 'UNEXPECTED', reason }))
      } else {
        attempt.waitingFor(`${pattern.shown}, so far ${instead()}`)
        return
      }
      socket.off('data', look)
      socket.resume()
    })
  })
  return { found, instead }
}
