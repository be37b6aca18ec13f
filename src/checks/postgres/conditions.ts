import { printable } from '../../plan/secret.ts'
import { Failure } from '../failure.ts'
import type { Session } from './session.ts'
import type { SessionAttributes } from './target.ts'

export type Role = 'primary' | 'replica'

/** Answers to the statement that every login is put to; rejects with `Failure`. */
export async function checkAnswers(session: Session): Promise<void> {
  const row = await session.firstRow('query', 'SELECT 1')
  if (row?.[0] !== '1')
    throw new Failure({ code: 'PROTOCOL', reason: 'SELECT 1 did not give 1', lasting: true })
}

/**
 * Checks that a session is of the wanted role and attributes (`target_session_attrs`, PostgreSQL, 34.1.2). Gives what it
 * found out. Rejects with `Failure`, which passes: roles change.
 */
export async function checkRole(
  session: Session,
  wanted: Role | undefined,
  attributes: SessionAttributes,
): Promise<Role | undefined> {
  const wantedByAttributes =
    attributes === 'standby' ? 'replica' : attributes === 'primary' ? 'primary' : undefined
  let role: Role | undefined
  if (wanted !== undefined || wantedByAttributes !== undefined) {
    const row = await session.firstRow('query', 'SELECT pg_catalog.pg_is_in_recovery()')
    role = row?.[0] === 't' ? 'replica' : 'primary'
    if ((wanted ?? role) !== role || (wantedByAttributes ?? role) !== role) {
      throw new Failure({
        code: role === 'replica' ? 'ROLE_REPLICA' : 'ROLE_PRIMARY',
        reason: `is a ${role}`,
      })
    }
  }
  if (attributes === 'read-write' || attributes === 'read-only') {
    const row = await session.firstRow('query', 'SHOW transaction_read_only')
    const found = row?.[0] === 'on' ? 'read-only' : 'read-write'
    if (found !== attributes) {
      throw new Failure({ code: found === 'read-only' ? 'READ_ONLY' : 'READ_WRITE', reason: `is ${found}` })
    }
  }
  return role
}

/** What `pg_class.relkind` calls things that can be selected from: tables, partitioned and foreign ones, views. */
const TABLE_LIKE = 'rpfvm'

/** Checks that a table exists, named as in SQL, with its schema or on the search path. Rejects with `Failure`. */
export async function checkTable(session: Session, table: string): Promise<void> {
  const text = 'SELECT relkind FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass($1)'
  const row = await session.firstRow('table lookup', text, { values: [table] })
  const kind = row?.[0]
  if (kind === undefined || kind === null) {
    throw new Failure({
      code: '42P01',
      reason: `table ${printable(table)} does not exist`,
      hint:
        /[A-Z]/.test(table) && !table.includes('"')
          ? 'names without double quotes are taken in lower case'
          : undefined,
    })
  }
  if (!TABLE_LIKE.includes(kind)) {
    throw new Failure({ code: '42809', reason: `${printable(table)} exists but is no table`, lasting: true })
  }
}

/**
 * Checks that the first column of the first row of a query is true-ish: not NULL, not empty, not `f` or `false`, not a
 * number equal to 0. The query runs in a transaction that can only read. Rejects with `Failure`.
 */
export async function checkQuery(session: Session, query: string): Promise<void> {
  await session.firstRow('query', 'BEGIN READ ONLY')
  const row = await session.firstRow('query', query, { rows: 'many' })
  // A pooler gives up its own connection to the server when a client leaves in the middle of a transaction.
  await session.firstRow('query', 'ROLLBACK')
  if (row === undefined) throw new Failure({ code: 'QUERY_NO_ROWS', reason: 'query gave no rows' })
  const value = row[0]
  if (value === undefined)
    throw new Failure({ code: 'QUERY_NO_COLUMNS', reason: 'query gave a row without columns' })
  if (!isTrue(value)) {
    const shown = value === null ? 'NULL' : value === '' ? 'an empty text' : printable(value, 80)
    throw new Failure({ code: 'QUERY_FALSE', reason: `query gave ${shown}` })
  }
}

/** Whether a value, as the server writes it, counts as true. */
export function isTrue(value: string | null): boolean {
  if (value === null || value === '' || value === 'f' || value === 'false') return false
  return !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(value) || Number(value) !== 0
}
