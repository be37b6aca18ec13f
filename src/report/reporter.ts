import type { WaitEvent } from '../wait/event.ts'

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
  /** This is a probe, whose output becomes an event of its pod. */
  readonly once: boolean
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
  /** Leaves the last words in a pod: see `leaveLastWords`. */
  leave(message: () => string, succeeded: boolean): void
  /** The program becomes a command when ready, which then owns the termination message. */
  readonly commandFollows?: boolean
}
