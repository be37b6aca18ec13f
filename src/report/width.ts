/** What must not reach a terminal or a log as it is: controls, separators of lines, invisible marks, halves of pairs. */
const UNPRINTABLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
const NARROW_ONLY = /^[\x20-\x7e]*$/
const NO_WIDTH = /[\p{Mn}\p{Me}\u200c\u200d]/u
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{1b2ff}\u{1f1e6}-\u{1f1ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
const EMOJI_SELECTOR = '\ufe0f'

/** Words of ASCII with single spaces between them: most of what is ever shown. */
const PLAIN = /^(?:[!-~]+ )*[!-~]+$/

/** Makes a text one line in which every character can be seen: white space joined, the rest written as `\u{…}`. */
export function oneLine(text: string): string {
  if (PLAIN.test(text)) return text
  return text
    .replace(/[\t\n\v\f\r ]+/g, ' ')
    .trim()
    .replace(UNPRINTABLE, (c) => {
      const point = c.codePointAt(0) ?? 0
      if (point >= 0xd800 && point <= 0xdfff) return '\ufffd'
      return point <= 0xff ? `\\x${point.toString(16).padStart(2, '0')}` : `\\u{${point.toString(16)}}`
    })
}

/**
 * How many columns a printable text takes in a terminal (East Asian Width, Unicode TR 11). Where terminals differ
 * (flags, joined emoji) the larger number is given: a line that is too short does no harm.
 */
export function displayWidth(text: string): number {
  if (NARROW_ONLY.test(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

function characterWidth(character: string): number {
  if (character <= '~' || character === EMOJI_SELECTOR) return 1
  if (NO_WIDTH.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}

/** Cuts a printable text so that it takes at most `columns`; what is missing is shown by `…`. */
export function cut(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text
  return columns < 1 ? '' : `${takeColumns(text, columns - 1).trimEnd()}…`
}

/** Fills a text with spaces up to `columns`; a longer one stays as it is. */
export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)))
}

/** Breaks a printable text into lines of at most `columns` (at least 2), at spaces where there are any. */
export function wrap(text: string, columns: number): string[] {
  const room = Math.max(2, columns)
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (displayWidth(longer) <= room) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    line = word
    while (displayWidth(line) > room) {
      const part = takeColumns(line, room)
      lines.push(part)
      line = line.slice(part.length)
    }
  }
  if (line !== '' || lines.length === 0) lines.push(line)
  return lines
}

/** The longest start of a text that takes at most `columns`. */
function takeColumns(text: string, columns: number): string {
  let taken = ''
  let width = 0
  for (const character of text) {
    width += characterWidth(character)
    if (width > columns) break
    taken += character
  }
  return taken
}
