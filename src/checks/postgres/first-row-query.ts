import Query, { type PortalConnection } from 'pg/lib/query.js'

/** A row as the server wrote it: its columns as text, `null` for NULL; nothing when there was none. */
export type Row = readonly (string | null)[] | undefined

/** What a statement is made with, and how many rows it may give: for `many` the first alone is asked for. */
export interface StatementOptions {
  readonly values?: readonly string[]
  readonly rows?: 'one' | 'many'
}

/**
 * A statement of which the first row counts. It takes the extended protocol (53.2.3), which refuses several statements in
 * one text: `COMMIT; DROP …` has no way out of a read-only transaction. To ask for a part of the rows takes one more
 * turn of messages.
 */
export class FirstRowQuery extends Query {
  /** Rejects with what the driver reports. */
  readonly firstRow: Promise<Row>

  constructor(text: string, { values = [], rows = 'one' }: StatementOptions = {}) {
    super({
      text,
      values,
      rows: rows === 'many' ? 1 : undefined,
      queryMode: 'extended',
      rowMode: 'array',
      // The server's own text: this is no place for dates and numbers of JavaScript.
      types: { getTypeParser: () => (value) => value },
    })
    this.firstRow = new Promise((resolve, reject) => {
      let row: Row
      this.on('row', (columns: Row) => {
        row ??= columns
      })
      this.on('end', () => resolve(row))
      this.on('error', reject)
    })
  }

  /**
   * There may be more rows: where the driver would fetch them, this ends the statement. Closed by name, since CockroachDB
   * refuses the next statement of a transaction while a portal is suspended.
   */
  override handlePortalSuspended(connection: PortalConnection): void {
    connection.close({ type: 'P', name: '' })
    connection.sync()
  }
}
