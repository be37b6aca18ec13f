/** What a piece of output means; the colour follows from it. */
export type Tone = 'good' | 'busy' | 'bad' | 'faint'

const CODES: Readonly<Record<Tone, number>> = { good: 32, busy: 33, bad: 31, faint: 2 }

/** Gives a text its colour (ECMA-48, SGR), or leaves it alone. */
export function paint(text: string, tone: Tone, colour: boolean): string {
  return colour && text !== '' ? `\x1b[${CODES[tone]}m${text}\x1b[0m` : text
}

/** The tone of a state word. */
export function toneOf(word: string): Tone {
  if (word === 'ready') return 'good'
  return word === 'waiting' ? 'busy' : 'bad'
}

/** Where the log goes, if that is a terminal at all. */
export interface Terminal {
  readonly isTty: boolean
  /** Its size, 0 where it does not know. */
  readonly columns: number
  readonly rows: number
  /** The process that writes there. */
  readonly pid: number
}

/**
 * Whether a table can be redrawn in place, and whether to use colours. With `tty: true` of a pod or a compose file the
 * output is a terminal that nobody watches: all that is drawn ends up in the log. Such a one has no size (nobody is
 * attached), and pid 1 of a container writes to the log in any case.
 * A non-empty NO_COLOR (no-color.org) is stronger than FORCE_COLOR, which is stronger than the terminal.
 */
export function terminalTraits(
  env: Readonly<Record<string, string | undefined>>,
  { isTty, columns, rows, pid }: Terminal,
): { readonly live: boolean; readonly colour: boolean } {
  const watched = isTty && pid !== 1 && (columns > 0 || rows > 0)
  const live = watched && env['TERM'] !== 'dumb' && env['TERM'] !== ''
  const forced = env['FORCE_COLOR'] ?? ''
  if ((env['NO_COLOR'] ?? '') !== '') return { live, colour: false }
  if (forced !== '') return { live, colour: forced !== '0' && forced !== 'false' }
  return { live, colour: live }
}
