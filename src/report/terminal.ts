import type { CheckIdentity, CheckStatus } from '../wait/event.ts'
import { commonHint } from './common-hint.ts'
import { type Line, render, wholeLine } from './line.ts'
import { remember } from './remember.ts'
import type { Reporter } from './reporter.ts'
import { finalTable, liveTable, type Room } from './table.ts'
import { displayWidth, wrap } from './width.ts'
import { ending, isSaid } from './words.ts'

/** Between two frames, in milliseconds. */
const FRAME_MS = 100
/** A pause this long between two frames means that we were stopped (^Z) and others wrote below the table. */
const STOPPED_MS = 3000

/**
 * A table that is redrawn in place, and stays as the record at the end. The cursor rests below the table and is never
 * hidden and no mode of the terminal is changed: whatever ends the program, even SIGKILL, there is nothing to restore.
 */
export function terminalReporter(options: {
  readonly colour: boolean
  columns(): number
  rows(): number
  write(text: string): void
}): Reporter {
  const latest = new Map<CheckIdentity, CheckStatus>()
  let timer: NodeJS.Timeout | undefined
  let startedAt = 0
  let drawnAt = 0
  let beat = 0
  let hint: string | undefined
  /** The lines that stand in the terminal now and will be drawn over, by their width. */
  let standing: number[] = []

  /** One column stays free: a terminal may wrap early when the last one is filled. */
  function room(): Room {
    return { columns: sane(options.columns(), 80) - 1, rows: sane(options.rows(), 24) - 1 }
  }

  function draw(lines: readonly Line[], space: Room): void {
    const text = lines.map((line) => `${render(line, options.colour)}\x1b[K\n`).join('')
    options.write(`${upOver(standing, space.columns + 1)}${text}\x1b[J`)
    standing = lines.map((line) => displayWidth(line.text))
  }

  function frame(): void {
    const now = performance.now()
    if (now - drawnAt > STOPPED_MS) standing = []
    drawnAt = now
    const space = room()
    draw(liveTable([...latest.values()], now - startedAt, beat++, hint, space), space)
  }

  function stop(): void {
    clearInterval(timer)
    timer = undefined
  }

  return {
    on(event) {
      remember(latest, event)
      if (event.type === 'start') {
        startedAt = performance.now()
        drawnAt = startedAt
        timer = setInterval(frame, FRAME_MS)
        timer.unref()
      }
      if (event.type === 'heartbeat') hint = commonHint([...latest.values()])
      if (event.type !== 'end') return
      stop()
      const { outcome, statuses, elapsedMs } = event
      const space = room()
      const lines = finalTable(statuses, outcome === 'ready' ? undefined : commonHint(statuses), space)
      if (!isSaid(outcome, statuses)) {
        const tone = outcome === 'ready' ? 'good' : 'bad'
        const text = ending(outcome, statuses, elapsedMs)
        lines.push(...wrap(text, space.columns).map((part) => wholeLine(part, tone)))
      }
      draw(lines, space)
      standing = []
    },
    close: stop,
  }
}

/** Moves to the beginning of what stands there; a terminal that became narrower has broken it into more lines. */
function upOver(widths: readonly number[], columns: number): string {
  const lines = widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0)
  return lines === 0 ? '\r' : `\r\x1b[${lines}A`
}

/** A terminal that does not know its size says 0. */
function sane(size: number, otherwise: number): number {
  return Number.isFinite(size) && size >= 2 ? Math.floor(size) : otherwise
}
