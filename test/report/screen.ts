const ESC = '\x1b'
/** A sequence, one of its characters that means nothing by itself, a move of the cursor, or text. */
const TOKENS = new RegExp(`${ESC}\\[(\\d*)([A-Za-z])|[${ESC}\r\n]|[^${ESC}\r\n]+`, 'g')

interface Row {
  cells: string[]
  /** The terminal broke the line here by itself; when it is resized it puts the parts together again. */
  broken: boolean
}

/** As much of a terminal as a live table needs: a cursor, overwriting, erasing, breaking, scrolling, resizing. */
export class Screen {
  #columns: number
  readonly #height: number
  #rows: Row[] = [{ cells: [], broken: false }]
  #row = 0
  #column = 0

  constructor(columns: number, height: number) {
    this.#columns = columns
    this.#height = height
  }

  /** All lines, those first that were scrolled out at the top. */
  lines(): string[] {
    return this.#rows.map(({ cells }) => cells.join('').trimEnd())
  }

  write(output: string): void {
    for (const [token, count, command] of output.matchAll(TOKENS)) {
      if (command !== undefined) this.#obey(command, count === '' ? 1 : Number(count))
      else if (token === '\n') this.#nextLine(false)
      else if (token === '\r') this.#column = 0
      else if (token === ESC) throw new Error(`unknown sequence in ${JSON.stringify(output)}`)
      else this.#put(token)
    }
  }

  /** Changes the width as terminals do: what was broken is put together and broken anew. The cursor is at the end. */
  resize(columns: number): void {
    this.#columns = columns
    const joined: string[] = []
    let open = false
    for (const { cells, broken } of this.#rows) {
      joined.push((open ? (joined.pop() ?? '') : '') + cells.join(''))
      open = broken
    }
    this.#rows = [{ cells: [], broken: false }]
    this.#row = 0
    this.#column = 0
    for (const [i, text] of joined.entries()) {
      if (i > 0) this.#nextLine(false)
      this.#put(text)
    }
  }

  #current(): Row {
    const row = this.#rows[this.#row]
    if (row === undefined) throw new Error('the cursor left the screen')
    return row
  }

  #put(text: string): void {
    for (const character of text) {
      if (this.#column === this.#columns) this.#nextLine(true)
      const { cells } = this.#current()
      while (cells.length < this.#column) cells.push(' ')
      cells[this.#column++] = character
    }
  }

  #nextLine(broken: boolean): void {
    this.#current().broken = broken
    this.#row++
    this.#column = 0
    if (this.#row === this.#rows.length) this.#rows.push({ cells: [], broken: false })
  }

  #obey(command: string, count: number): void {
    if (command === 'A') {
      const top = Math.max(0, this.#rows.length - this.#height)
      this.#row = Math.max(top, this.#row - count)
    } else if (command === 'K' || command === 'J') {
      this.#current().cells.splice(this.#column)
      if (command === 'J') this.#rows.splice(this.#row + 1)
    } else if (command !== 'm') throw new Error(`unknown command ${command}`)
  }
}
