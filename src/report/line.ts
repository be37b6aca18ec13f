import type { CheckStatus } from '../wait/event.ts'
import { paint, type Tone, toneOf } from './colour.ts'
import { displayWidth, pad } from './width.ts'
import { label, STATE_WIDTH } from './words.ts'

/** A line of output before it is coloured: its first `span` characters carry the tone. */
export interface Line {
  readonly text: string
  readonly tone: Tone
  readonly span: number
}

/** The longest label that other labels are lined up with, in columns. */
const WIDEST_LABEL = 48
const GAP = '  '
const INDENT = ' '.repeat(STATE_WIDTH) + GAP

/** The column in which labels are lined up: as wide as the longest of them, within reason. */
export function labelWidth(statuses: readonly CheckStatus[], most = WIDEST_LABEL): number {
  return Math.min(most, Math.max(0, ...statuses.map(({ check }) => displayWidth(label(check)))))
}

/** `waiting    postgres://app@db:5432/app  connection refused` */
export function stateLine(word: string, name: string, nameWidth: number, rest: string): Line {
  const text = `${pad(word, STATE_WIDTH)}${GAP}${pad(name, nameWidth)}${GAP}${rest}`
  return { text: text.trimEnd(), tone: toneOf(word), span: word.length }
}

/** A line that belongs to the one above it. */
export function belowLine(text: string): Line {
  return wholeLine(`${INDENT}${text}`, 'faint')
}

/** A line all of one tone. */
export function wholeLine(text: string, tone: Tone = 'faint'): Line {
  return { text, tone, span: text.length }
}

/** A line as it is written. */
export function render(line: Line, colour: boolean): string {
  return paint(line.text.slice(0, line.span), line.tone, colour) + line.text.slice(line.span)
}
