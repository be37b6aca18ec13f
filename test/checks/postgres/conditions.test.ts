import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { PostgresServer } from '../../servers/postgres.ts'
import { appUrl, startAppServer } from './app-server.ts'
import { assertFailed, type Expected, leftOpen, tryProbe } from './try-probe.ts'

let server: PostgresServer
before(async () => {
  server = await startAppServer()
})
after(() => server?.stop())

const conditions: readonly (readonly [string, Readonly<Record<string, string>>, 'ready' | Expected])[] = [
  ['a table on the search path', { table: 'visible' }, 'ready'],
  ['a table in its schema', { table: 'tales.users' }, 'ready'],
  ['a table it may not read', { table: 'shielded' }, 'ready'],
  ['a table with a quoted name', { table: '"Mixed"' }, 'ready'],
  ['a view', { table: 'a_view' }, 'ready'],
  [
    'a table that is not on the search path',
    { table: 'users' },
    { code: '42P01', reason: /^table users does not exist$/ },
  ],
  [
    'a table in a schema that does not exist',
    { table: 'no.users' },
    { code: '42P01', reason: /^table no.users does not exist$/ },
  ],
  [
    'a table whose name needs quotes',
    { table: 'Mixed' },
    { code: '42P01', reason: /^table Mixed does not exist$/, hint: /lower case/ },
  ],
  [
    'an index',
    { table: 'an_index' },
    { code: '42809', reason: /^an_index exists but is no table$/, lasting: true },
  ],
  ['a sequence', { table: 'a_sequence' }, { code: '42809', reason: /is no table$/, lasting: true }],
  [
    'no name of a table',
    { table: "'; drop table visible; --" },
    { code: '42602', reason: /^table lookup failed: invalid name syntax$/ },
  ],
  ['a true query', { query: 'select true' }, 'ready'],
  ['a query that gives a number', { query: 'select -0.5' }, 'ready'],
  ['a query that gives a text', { query: "select 'no'" }, 'ready'],
  ['a query that gives a time', { query: 'select now()' }, 'ready'],
  ['the first row of very many', { query: 'select generate_series(1, 100000000)' }, 'ready'],
  ['the first row alone', { query: 'values (0), (1)' }, { code: 'QUERY_FALSE', reason: /^query gave 0$/ }],
  ['a false query', { query: 'select flag()' }, { code: 'QUERY_FALSE', reason: /^query gave f$/ }],
  [
    'a query that gives false as text',
    { query: 'select flag()::text' },
    { code: 'QUERY_FALSE', reason: /^query gave false$/ },
  ],
  ['a query that gives zero', { query: 'select 0.00' }, { code: 'QUERY_FALSE', reason: /^query gave 0.00$/ }],
  ['a query that gives NULL', { query: 'select null' }, { code: 'QUERY_FALSE', reason: /^query gave NULL$/ }],
  [
    'a query that gives an empty text',
    { query: "select ''" },
    { code: 'QUERY_FALSE', reason: /^query gave an empty text$/ },
  ],
  [
    'a query without rows',
    { query: 'select 1 where false' },
    { code: 'QUERY_NO_ROWS', reason: /^query gave no rows$/ },
  ],
  ['a query without columns', { query: 'select' }, { code: 'QUERY_NO_COLUMNS', reason: /without columns$/ }],
  ['an empty query', { query: ' ' }, { code: 'QUERY_NO_ROWS', reason: /^query gave no rows$/ }],
  [
    'a query of a table that does not exist yet',
    { query: 'select 1 from nix' },
    { code: '42P01', reason: /^query failed: relation "nix" does not exist$/ },
  ],
  [
    'a query it may not make',
    { query: 'select 1 from shielded' },
    { code: '42501', reason: /^query failed: permission denied for table shielded$/, lasting: true },
  ],
  [
    'a query that is no SQL',
    { query: 'selec 1' },
    { code: '42601', reason: /^query failed: syntax error at or near "selec"$/, lasting: true },
  ],
  [
    'a query that writes',
    { query: "select nextval('a_sequence')" },
    { code: '25006', reason: /read-only transaction$/, lasting: true },
  ],
  [
    'a query that would get out of its transaction',
    { query: 'commit; drop table visible' },
    { code: '42601', reason: /multiple commands/, lasting: true },
  ],
  [
    'a query that copies out',
    { query: 'copy visible to stdout' },
    { code: 'QUERY_NO_ROWS', reason: /^query gave no rows$/ },
  ],
  [
    'a query that copies in',
    { query: 'copy visible from stdin' },
    { code: '42501', reason: /^query failed: permission denied/, lasting: true },
  ],
  [
    'a query with a secret in its error',
    { query: 'select 1/0 from (select \'x\') as "p@ss/w?rd:%41"' },
    { code: '22012', reason: /^query failed: division by zero$/ },
  ],
  [
    'a password that the server says back',
    { query: "select 'p@ss/w?rd:%41'::int" },
    { code: '22P02', reason: /^query failed: invalid input syntax for type integer: "\*\*\*"$/ },
  ],
  [
    'a password that a query gives',
    { query: "select 0 where 'x' = 'p@ss/w?rd:%41'" },
    { code: 'QUERY_NO_ROWS', reason: /no rows/ },
  ],
  ['the role of a primary', { role: 'primary' }, 'ready'],
  ['the role of a replica', { role: 'replica' }, { code: 'ROLE_PRIMARY', reason: /^is a primary$/ }],
]
for (const [title, options, expected] of conditions) {
  test(`looks for ${title}`, async () => {
    const outcome = await tryProbe(appUrl(server), { options })
    if (expected === 'ready')
      assert.match(outcome.detail ?? outcome.failure?.reason ?? '', /^PostgreSQL [\d.]+(, primary)?$/)
    else assertFailed(outcome, expected)
    assert.deepEqual(await leftOpen(), [])
  })
}
