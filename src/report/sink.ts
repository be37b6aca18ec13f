import { writeSync } from 'node:fs'

/** Where lines go. Writing never throws: a log that cannot be written must not end the wait. */
export interface Sink {
  write(text: string): void
  /** Gives what is held back a last chance, for at most a quarter of a second, and gives up what is left. */
  flush(): void
}

type Write = (fd: number, bytes: Uint8Array, offset: number, length: number) => number

/** How much is kept for a reader that is slow, in bytes; what comes after is dropped, and said to be. */
const MOST_HELD = 256 * 1024
const encoder = new TextEncoder()
const RETRY_MS = 20
const LAST_CHANCE_MS = 250

/**
 * A sink over a file descriptor that belongs to others as well. It is never reopened, closed or made (non-)blocking.
 * A closed one (EBADF) or one whose reader is gone (EPIPE, EIO) is silence from then on; a full one (EAGAIN) is
 * tried again; other errors (ENOSPC) cost that text only.
 */
export function openSink(fd: number, write: Write = writeSync): Sink {
  let held = new Uint8Array(0)
  let dropped = 0
  let gone = false
  let timer: NodeJS.Timeout | undefined

  function drain(): boolean {
    while (held.length > 0) {
      try {
        held = held.subarray(write(fd, held, 0, held.length))
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code
        if (code === 'EINTR') continue
        if (code === 'EAGAIN' || code === 'EWOULDBLOCK') return false
        if (code !== 'ENOSPC') gone = true
        held = new Uint8Array(0)
      }
      if (held.length === 0 && dropped > 0 && !gone) {
        held = encoder.encode(`(${dropped} bytes of output dropped: its reader is too slow)\n`)
        dropped = 0
      }
    }
    return true
  }

  function retry(): void {
    timer = undefined
    if (!drain()) schedule()
  }

  function schedule(): void {
    if (timer !== undefined) return
    timer = setTimeout(retry, RETRY_MS)
    timer.unref()
  }

  return {
    write(text) {
      if (gone || text === '') return
      const bytes = encoder.encode(text)
      if (held.length + bytes.length > MOST_HELD && held.length > 0) dropped += bytes.length
      else held = held.length === 0 ? bytes : join(held, bytes)
      if (!drain()) schedule()
    },
    flush() {
      clearTimeout(timer)
      timer = undefined
      const end = performance.now() + LAST_CHANCE_MS
      while (!drain()) {
        if (performance.now() < end) continue
        gone = true
        held = new Uint8Array(0)
      }
    },
  }
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
