import { formatDuration } from '../plan/duration.ts'
import type { CheckStatus } from '../wait/event.ts'
import { belowLine, type Line, labelWidth, stateLine, wholeLine } from './line.ts'
import { cut, displayWidth, oneLine, wrap } from './width.ts'
import { closing, closingWord, label, reason, STATE_WIDTH, standingWord, worstFirst } from './words.ts'

/** The room there is for a table, in characters. */
export interface Room {
  readonly columns: number
  readonly rows: number
}

/** What stands before a label, and after it. */
const FRAMING = STATE_WIDTH + 4
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/**
 * The table while the wait goes on: a row a check and a summary, never taller or wider than the room. Hints are left
 * out first when it gets tight, then the rows of those checks that need the least attention.
 */
export function liveTable(
  statuses: readonly CheckStatus[],
  elapsedMs: number,
  beat: number,
  hint: string | undefined,
  room: Room,
): Line[] {
  const ready = statuses.filter((status) => status.state === 'ready').length
  const spinner = SPINNER[beat % SPINNER.length] ?? ''
  const summary = wholeLine(
    `${spinner} ${ready} of ${statuses.length} ready, ${formatDuration(elapsedMs)}`,
    'faint',
  )
  const space = Math.max(0, room.rows - 1)
  const fits = statuses.length <= space
  const shown = fits ? statuses : pick(statuses, Math.max(0, space - 1))
  const width = labelWidth(statuses, labelRoom(room.columns))
  const rows = shown.map((status) => row(status, width, liveText(status)))
  const more = fits ? [] : [belowLine(leftOut(statuses, shown))]
  const withHints = fits ? interleaveHints(shown, rows, hint, room.columns) : rows
  const body = withHints.length <= space ? withHints : rows
  return [...body, ...more, summary].slice(-Math.max(1, room.rows)).map((line) => fitLine(line, room.columns))
}

/**
 * The table that stays as the record. Nothing is redrawn any more, so what failed is told in full, on as many lines as
 * it takes; only ready checks are counted instead of listed when there are too many.
 */
export function finalTable(statuses: readonly CheckStatus[], hint: string | undefined, room: Room): Line[] {
  const width = labelWidth(statuses, labelRoom(room.columns))
  const listAll = statuses.length < room.rows
  const shown = listAll ? statuses : statuses.filter((status) => status.state !== 'ready')
  const hints = new Set<string>()
  const lines = shown.flatMap((status): Line[] => {
    const whole = row(status, width, closing(status), closingWord(status))
    if (status.state === 'ready') return [whole]
    return [...wrapRow(status, whole, width, room.columns), ...hintLines(status, hints, room.columns)]
  })
  const count = statuses.length - shown.length
  if (count > 0) lines.push(belowLine(`${count} ready`))
  lines.push(...hintOfAll(hint, room.columns))
  return lines.map((line) => fitLine(line, room.columns))
}

function row(status: CheckStatus, width: number, rest: string, word = standingWord(status)): Line {
  return stateLine(word, cut(label(status.check), width), width, rest)
}

function liveText(status: CheckStatus): string {
  return status.state === 'ready' ? closing(status) : reason(status)
}

/** Labels may have about half of the room, so that the reason is always to be seen. */
function labelRoom(columns: number): number {
  return Math.max(4, Math.floor((columns - FRAMING) / 2))
}

/** Breaks a row that is too wide under its own beginning. */
function wrapRow(status: CheckStatus, whole: Line, width: number, columns: number): Line[] {
  if (fitLine(whole, columns).text === whole.text && displayWidth(label(status.check)) <= width)
    return [whole]
  const [first = '', ...rest] = wrap(`${label(status.check)} ${closing(status)}`, columns - FRAMING + 2)
  return [stateLine(closingWord(status), first, 0, ''), ...rest.map(belowLine)]
}

function hintLines(status: CheckStatus, told: Set<string>, columns: number): Line[] {
  const hint = status.failure?.hint
  if (status.state === 'ready' || hint === undefined || told.has(hint)) return []
  told.add(hint)
  return wrap(`hint: ${oneLine(hint)}`, columns - FRAMING + 2).map(belowLine)
}

function interleaveHints(
  shown: readonly CheckStatus[],
  rows: readonly Line[],
  hint: string | undefined,
  columns: number,
): Line[] {
  const told = new Set<string>()
  const lines = shown.flatMap((status, i) => [...rows.slice(i, i + 1), ...hintLines(status, told, columns)])
  return [...lines, ...hintOfAll(hint, columns)]
}

function hintOfAll(hint: string | undefined, columns: number): Line[] {
  return hint === undefined ? [] : wrap(`hint: ${oneLine(hint)}`, columns).map((text) => wholeLine(text))
}

/** Those that need attention most, in the order of the plan. */
function pick(statuses: readonly CheckStatus[], count: number): CheckStatus[] {
  const chosen = new Set(worstFirst(statuses).slice(0, count))
  return statuses.filter((status) => chosen.has(status))
}

function leftOut(statuses: readonly CheckStatus[], shown: readonly CheckStatus[]): string {
  const seen = new Set(shown)
  const hidden = statuses.filter((status) => !seen.has(status))
  const ready = hidden.filter((status) => status.state === 'ready').length
  const parts = [
    ready > 0 ? `${ready} ready` : '',
    hidden.length > ready ? `${hidden.length - ready} waiting` : '',
  ]
  return `and ${hidden.length} more: ${parts.filter((part) => part !== '').join(', ')}`
}

function fitLine(line: Line, columns: number): Line {
  return { ...line, text: cut(line.text, columns) }
}
