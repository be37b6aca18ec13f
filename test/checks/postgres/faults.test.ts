import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authentication, READY, serverError } from '../../servers/fake-postgres.ts'
import { against, healthy, queried, type Script, says, started } from './scripts.ts'
import { assertFailed, type Expected, tryProbe } from './try-probe.ts'

test('is ready at a server that speaks the least there is to speak', async () => {
  await against(healthy, async (target) => {
    assert.equal((await tryProbe(target)).detail, 'PostgreSQL 17.2')
  })
})

test('tells how a server starts up until it is ready', async () => {
  const states: Script = async (client, attempt) => {
    const answer = [
      serverError('57P03', 'the database system is starting up'),
      serverError('53300', 'sorry, too many clients already'),
    ][attempt - 1]
    return answer === undefined ? healthy(client, attempt) : says(answer)(client, attempt)
  }
  await against(states, async (target) => {
    const reasons = [await tryProbe(target), await tryProbe(target), await tryProbe(target)].map(
      ({ detail, failure }) => detail ?? failure?.reason,
    )
    assert.deepEqual(reasons, ['starting up', 'too many connections', 'PostgreSQL 17.2'])
  })
})

const faults: Readonly<Record<string, readonly [Script, Expected]>> = {
  'a server that shuts down': [
    says(serverError('57P03', 'the database system is shutting down')),
    { code: '57P03', reason: /^shutting down$/ },
  ],
  'a server that recovers from a crash': [
    says(serverError('57P03', 'the database system is in recovery mode')),
    { code: '57P03', reason: /^recovering from a crash$/ },
  ],
  'a server that speaks German': [
    says(serverError('57P03', 'das Datenbanksystem startet')),
    { code: '57P03', reason: /^not accepting connections: das Datenbanksystem startet$/ },
  ],
  'a server that is stopped during the login': [
    says(serverError('57P01', 'terminating connection')),
    { code: '57P01', reason: /^shutting down$/ },
  ],
  'a server that crashes during the login': [
    says(serverError('57P02', 'terminating connection')),
    { code: '57P02', reason: /^restarting after a crash$/ },
  ],
  'slots that are reserved': [
    says(
      serverError('53300', 'remaining connection slots are reserved for roles with the SUPERUSER attribute'),
    ),
    { code: '53300', reason: /^remaining connection slots are reserved/, hint: /max_connections/ },
  ],
  'a pooler that has no server': [
    says(serverError('08P01', 'server login has been failing, try again later')),
    { code: '08P01', reason: /^server error: server login has been failing, try again later$/ },
  ],
  'an error with a secret, a line break and a terminal escape': [
    says(serverError('XX000', 'no\nhunter2\u001b[31m')),
    { code: 'XX000', reason: /^server error: no \*\*\*\\x1b\[31m$/ },
  ],
  'an error in the form of protocol 2': [
    says('Ecould not fork new process for connection: Resource temporarily unavailable\n\0'),
    { code: 'SERVER_ERROR', reason: /^server error: could not fork new process/ },
  ],
  'a database that is dropped': [
    queried((client) => {
      client.send(serverError('57P04', 'terminating connection'))
      client.end()
    }),
    { code: '57P04', reason: /^database "app" was dropped$/, lasting: true },
  ],
  'a server that is stopped during the query': [
    queried((client) => {
      client.send(serverError('57P01', 'terminating connection due to administrator command'))
      client.end()
    }),
    { code: '57P01', reason: /^shutting down$/ },
  ],
  'a server that is stopped between login and query': [
    started((client) => {
      client.send(authentication(0), READY, serverError('57P01', 'terminating connection'))
      client.end()
    }),
    { code: '57P01', reason: /^shutting down$/ },
  ],
  'a connection closed before the TLS answer': [
    async (client) => client.end(),
    { code: 'CLOSED', reason: /^connection closed by peer before it answered the TLS request$/ },
  ],
  'a connection reset before the TLS answer': [
    async (client) => client.reset(),
    { code: 'ECONNRESET', reason: /^connection reset by peer/ },
  ],
  'a connection closed during the login': [
    started((client) => client.end()),
    { code: 'CLOSED', reason: /^connection closed by peer during the login$/ },
  ],
  'a connection reset during the login': [
    started((client) => client.reset()),
    { code: 'ECONNRESET', reason: /^connection reset by peer during the login$/ },
  ],
  'a connection closed after the authentication': [
    says(authentication(0)),
    { code: 'CLOSED', reason: /^connection closed by peer during the login$/ },
  ],
  'a connection closed in the middle of a message': [
    says(authentication(0).subarray(0, 7)),
    { code: 'CLOSED', reason: /^connection closed by peer during the login$/ },
  ],
  'a connection closed during the query': [
    queried((client) => client.end()),
    { code: 'CLOSED', reason: /^connection closed by peer during the query$/ },
  ],
  'a connection reset during the query': [
    queried((client) => client.reset()),
    { code: 'ECONNRESET', reason: /^connection reset by peer during the query$/ },
  ],
}
for (const [title, [script, expected]] of Object.entries(faults)) {
  test(`tells of ${title}`, async () => {
    await against(script, async (target) => {
      const outcome = await tryProbe(target)
      assertFailed(outcome, expected)
      assert.doesNotMatch(`${outcome.failure?.reason} ${outcome.failure?.hint}`, /hunter2/)
    })
  })
}

test('goes on without TLS, on a new connection, when a server answers the request with an error', async () => {
  const script: Script = async (client, attempt) => {
    if (attempt > 1) return healthy(client, attempt)
    await client.startUp(serverError('53200', 'out of memory'))
  }
  await against(script, async (target) => assert.equal((await tryProbe(target)).detail, 'PostgreSQL 17.2'))
})
