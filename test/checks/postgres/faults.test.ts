import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'
import {
  authentication,
  columns,
  DONE,
  dataRow,
  type FakeClient,
  PARSED,
  packet,
  READY,
  serverError,
  startFakePostgres,
} from '../../servers/fake-postgres.ts'
import { until } from '../../servers/until.ts'
import { leftOpen, type TryOptions, tryProbe } from './try-probe.ts'

type Script = (client: FakeClient, attempt: number) => Promise<void>

/** Runs attempts at a server that does what the script says, and checks that none leaves a connection open. */
async function against(script: Script, run: (target: string) => Promise<void>, more = ''): Promise<void> {
  const server = await startFakePostgres(script)
  try {
    await run(`host=127.0.0.1 port=${server.port} user=app password=hunter2 dbname=app ${more}`)
    await until(() => server.open() === 0, 'all connections to be closed')
  } finally {
    await server.stop()
  }
}

const answers = (text: string): readonly string[] => [text === 'SELECT 1' ? '1' : 'f']
const healthy: Script = async (client) => {
  await client.admit()
  await client.serve(answers)
}
/** The script up to the start-up message, then something. */
const started =
  (then: (client: FakeClient) => void | Promise<void>): Script =>
  async (client) => {
    await client.startUp()
    await then(client)
  }
/** The script up to the first statement, then something. */
const queried =
  (then: (client: FakeClient) => void | Promise<void>): Script =>
  async (client) => {
    await client.admit()
    await client.statement()
    await then(client)
  }
const says = (...messages: readonly (Buffer | string)[]): Script =>
  started((client) => {
    client.send(...messages)
    client.end()
  })

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

interface Expected {
  readonly code: string
  readonly reason: RegExp
  readonly lasting?: boolean
  readonly hint?: RegExp
}

const sasl = authentication(10, 'SCRAM-SHA-256\0\0')
const PBKDF_SALT = createHash('sha256').update('salt').digest('base64')

/** A SCRAM exchange in which the server gives its first message as it likes, then proves nothing. */
const scram = (first: (clientNonce: string) => string, last = 'v=AAAA'): Script =>
  started(async (client) => {
    client.send(sasl)
    const nonce = /r=(.*)$/.exec((await client.message()).body.toString())?.[1] ?? ''
    client.send(authentication(11, first(nonce)))
    await client.message()
    client.send(authentication(12, last), authentication(0), READY)
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
  'an answer to SELECT 1 that is not 1': [
    async (client) => {
      await client.admit()
      await client.serve(() => ['2'])
    },
    { code: 'PROTOCOL', reason: /^SELECT 1 did not give 1$/, lasting: true },
  ],
  'a web server': [
    started((client) => client.send('HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n')),
    { code: 'NOT_POSTGRES', reason: /^not PostgreSQL: answered "HTTP\/1.1 400 Bad Request"$/, lasting: true },
  ],
  memcached: [
    started((client) => client.send('ERROR\r\n')),
    { code: 'NOT_POSTGRES', reason: /^not PostgreSQL: answered "ERROR"$/, lasting: true },
  ],
  'garbage of zeros': [
    started((client) => client.send(Buffer.alloc(64))),
    { code: 'NOT_POSTGRES', reason: /^not PostgreSQL: answered "\\x00/, lasting: true },
  ],
  'garbage that begins like PostgreSQL': [
    started((client) => client.send('Really not')),
    { code: 'NOT_POSTGRES', reason: /^not PostgreSQL: answered "Really not"$/, lasting: true },
  ],
  'a length that cannot be': [
    started((client) => client.send(Buffer.from('E\0\0\0\x02'))),
    { code: 'NOT_POSTGRES', reason: /^not PostgreSQL/, lasting: true },
  ],
  'garbage after the login': [
    started((client) => client.send(authentication(0), '????????')),
    { code: 'NOT_POSTGRES', reason: /^not PostgreSQL: answered "\?{8}"$/, lasting: true },
  ],
  'a TLS alert': [
    started((client) => client.send(Buffer.from([0x15, 3, 1, 0, 2, 2, 70]))),
    {
      code: 'NOT_POSTGRES',
      reason: /answered with a TLS alert$/,
      hint: /sslnegotiation=direct/,
      lasting: true,
    },
  ],
  'a message that breaks off inside': [
    started((client) => client.send(authentication(10, 'SCRAM'))),
    { code: 'AUTHENTICATION_METHOD', reason: /no way of authentication/, lasting: true },
  ],
  'a row that breaks off inside': [
    queried((client) => client.send(PARSED, columns(1), packet('D', Buffer.from([0, 5])))),
    { code: 'PROTOCOL', reason: /^answered in broken PostgreSQL protocol$/, lasting: true },
  ],
  'a row without its columns': [
    queried((client) => client.send(PARSED, dataRow(['1']), DONE, READY)),
    { code: 'PROTOCOL', reason: /^answered in broken PostgreSQL protocol$/, lasting: true },
  ],
  GSSAPI: [
    says(authentication(7)),
    {
      code: 'AUTHENTICATION_METHOD',
      reason: /^server asks for GSSAPI authentication, which readywhen cannot do$/,
      lasting: true,
    },
  ],
  'a way of authentication that nobody knows': [
    says(authentication(99)),
    { code: 'AUTHENTICATION_METHOD', reason: /an unknown way of \(99\) authentication/, lasting: true },
  ],
  'SASL without SCRAM': [
    says(authentication(10, 'OAUTHBEARER\0\0')),
    {
      code: 'AUTHENTICATION_METHOD',
      reason: /^server offers no way of authentication that readywhen can do$/,
      lasting: true,
    },
  ],
  'a server that does not know the password either': [
    scram((nonce) => `r=${nonce}more,s=${PBKDF_SALT},i=1`),
    { code: 'SCRAM_SIGNATURE', reason: /^server does not know the password itself/, lasting: true },
  ],
  'SCRAM that would take minutes': [
    scram((nonce) => `r=${nonce}more,s=${PBKDF_SALT},i=999999999`),
    { code: 'PROTOCOL', reason: /iteration count 999999999/, lasting: true },
  ],
  'SCRAM with the nonce of somebody else': [
    scram(() => `r=other,s=${PBKDF_SALT},i=1`),
    { code: 'PROTOCOL', reason: /nonce does not start with client nonce/, lasting: true },
  ],
  'SCRAM that is none': [
    scram(() => 'hello'),
    { code: 'PROTOCOL', reason: /^login failed: Invalid attribute pair/, lasting: true },
  ],
  'a row that never ends': [
    queried(async (client) => {
      client.send(PARSED, columns(1), Buffer.from('D\x7f\xff\xff\xff', 'latin1'))
      for (let i = 0; i < 100; i++) client.send(Buffer.alloc(1024 * 1024))
    }),
    { code: 'TOO_LARGE', reason: /^answer is larger than 4 MiB$/ },
  ],
  '100 MB of notices': [
    started((client) => {
      client.send(authentication(0))
      for (let i = 0; i < 100; i++)
        client.send(packet('N', `SNOTICE\0C00000\0M${'x'.repeat(1024 * 1024)}\0\0`))
    }),
    { code: 'TOO_LARGE', reason: /^answer is larger than 4 MiB$/ },
  ],
}
for (const [title, [script, expected]] of Object.entries(faults)) {
  test(`tells of ${title}`, async () => {
    await against(script, async (target) => {
      const { failure, detail } = await tryProbe(target)
      assert.equal(detail, undefined)
      assert.match(failure?.reason ?? '', expected.reason)
      assert.equal(failure?.code, expected.code)
      assert.equal(failure.lasting, expected.lasting ?? false)
      assert.equal(failure.down, false)
      assert.match(failure.hint ?? '', expected.hint ?? /^/)
      assert.doesNotMatch(failure.reason + failure.hint, /hunter2/)
    })
  })
}

const tlsAnswers: Readonly<Record<string, readonly [string | Buffer, Expected, string?]>> = {
  'a web server': [
    'HTTP/1.1 400 Bad Request\r\n\r\n',
    { code: 'NOT_POSTGRES', reason: /^not PostgreSQL: answered "HTTP\/1.1 400 Bad Request"$/, lasting: true },
  ],
  'an SSH server': [
    'SSH-2.0-OpenSSH_9.2\r\n',
    { code: 'NOT_POSTGRES', reason: /^not PostgreSQL: answered "SSH-2.0-OpenSSH_9.2"$/, lasting: true },
  ],
  'a MySQL server': [
    Buffer.from('J\0\0\0\n8.0.36\0'),
    { code: 'NOT_POSTGRES', reason: /^not PostgreSQL: answered "J/, lasting: true },
  ],
  'plain text slipped in behind the answer': [
    `S${authentication(0)}`,
    { code: 'NOT_POSTGRES', reason: /^not PostgreSQL: answered "SR/, lasting: true },
  ],
  'an error in place of the answer': [
    serverError('53200', 'out of memory'),
    { code: 'NO_TLS_ANSWER', reason: /^server answered the TLS request with an error$/ },
    'sslmode=require',
  ],
  'an answer that promises TLS, and nothing more': [
    'S',
    { code: 'CLOSED', reason: /TLS handshake/ },
    'sslmode=require',
  ],
}
for (const [title, [answer, expected, more]] of Object.entries(tlsAnswers)) {
  test(`tells of ${title} where TLS is asked for`, async () => {
    const script: Script = async (client) => {
      await client.read(8)
      client.send(answer)
      client.end()
    }
    await against(
      script,
      async (target) => {
        const { failure } = await tryProbe(target)
        assert.match(failure?.reason ?? '', expected.reason)
        assert.equal(failure?.lasting, expected.lasting ?? false)
      },
      more,
    )
  })
}

test('goes on without TLS, on a new connection, when a server answers the request with an error', async () => {
  const script: Script = async (client, attempt) => {
    if (attempt > 1) return healthy(client, attempt)
    await client.startUp(serverError('53200', 'out of memory'))
  }
  await against(script, async (target) => assert.equal((await tryProbe(target)).detail, 'PostgreSQL 17.2'))
})

const silent = (client: FakeClient): Promise<unknown> => client.message()
const hangs: Readonly<Record<string, readonly [Script, string, TryOptions?]>> = {
  'before the TLS answer': [async () => {}, 'the answer to the TLS request'],
  'in the TLS handshake': [
    async (client) => void (await client.startUp('S').catch(() => {})),
    'the TLS handshake',
  ],
  'before the start-up answer': [
    started(async (client) => void (await silent(client))),
    'the start-up answer',
  ],
  'after the password': [
    started(async (client) => {
      client.send(authentication(3))
      await client.message()
      await silent(client)
    }),
    'the answer to the login',
  ],
  'in the middle of SCRAM': [
    started(async (client) => {
      client.send(sasl)
      await client.message()
      await silent(client)
    }),
    'the answer to the login',
  ],
  'in the middle of a message': [
    started(async (client) => {
      client.send(authentication(0).subarray(0, 3))
      await silent(client)
    }),
    'the start-up answer',
  ],
  'after the authentication': [
    started(async (client) => {
      client.send(authentication(0))
      await silent(client)
    }),
    'the start-up answer',
  ],
  'at the query': [queried(async (client) => void (await silent(client))), 'the answer to the query'],
  'at the query of a role': [
    async (client) => {
      await client.admit()
      await client.statement()
      client.send(PARSED, columns(1), dataRow(['1']), DONE)
      await client.message()
      client.send(READY)
      await client.statement()
      await client.message()
      await silent(client)
    },
    'the answer to the query',
    { options: { role: 'primary' } },
  ],
}
for (const [title, [script, phase, given]] of Object.entries(hangs)) {
  test(`says what it waits for at a server that hangs ${title}, and ends at once when told`, async () => {
    await against(script, async (target) => {
      const controller = new AbortController()
      const seen = Promise.withResolvers<void>()
      const outcome = tryProbe(target, {
        ...given,
        signal: controller.signal,
        onPhase: (now) => {
          if (now === phase) seen.resolve()
        },
      })
      await seen.promise
      await new Promise((resolve) => setTimeout(resolve, 20))
      const start = performance.now()
      controller.abort()
      const { failure, phases } = await outcome
      assert.ok(performance.now() - start < 50)
      assert.ok(failure)
      assert.equal(phases.at(-1), phase)
    })
  })
}

test('fails at once when the attempt is over before it begins', async () => {
  await against(healthy, async (target) => {
    assert.ok((await tryProbe(target, { signal: AbortSignal.abort() })).failure)
  })
})

test('hears a server that sends a byte at a time, and is ready in the end', async () => {
  const script: Script = async (client) => {
    await client.startUp()
    for (const byte of Buffer.concat([authentication(0), READY])) {
      client.send(Buffer.from([byte]))
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    await client.serve(answers)
  }
  await against(script, async (target) => {
    const { detail, heard } = await tryProbe(target)
    assert.equal(detail, 'PostgreSQL')
    assert.ok(heard)
  })
})

test('does not wait for a server that ignores the goodbye', async () => {
  const script: Script = async (client) => {
    await client.admit()
    await client.serve(answers).catch(() => {})
    await new Promise(() => {})
  }
  await against(script, async (target) => {
    const start = performance.now()
    assert.equal((await tryProbe(target)).detail, 'PostgreSQL 17.2')
    assert.ok(performance.now() - start < 1000)
  })
})

test('tries the next host beside one that stays silent', async () => {
  const hanging = await startFakePostgres(async () => {})
  const good = await startFakePostgres(healthy)
  try {
    const start = performance.now()
    const { detail, phases } = await tryProbe(`postgres://127.0.0.1:${hanging.port},127.0.0.1:${good.port}/x`)
    assert.equal(detail, 'PostgreSQL 17.2')
    assert.ok(performance.now() - start < 2500)
    assert.ok(phases.includes(`the answer to the TLS request at 127.0.0.1:${hanging.port}`))
    await until(() => hanging.open() + good.open() === 0, 'all connections to be closed')
  } finally {
    await Promise.all([hanging.stop(), good.stop()])
  }
})

test('gives a host no longer than connect_timeout to log in', async () => {
  const hanging = await startFakePostgres(started(async (client) => void (await silent(client))))
  const quiet = await startFakePostgres(async () => {})
  try {
    const { failure } = await tryProbe(`postgres://127.0.0.1:${hanging.port}/x?connect_timeout=1`)
    assert.equal(failure?.reason, 'no answer in 1s (waiting for the start-up answer)')
    assert.equal(failure.down, false)
    const both = await tryProbe(
      `postgres://127.0.0.1:${quiet.port},127.0.0.1:${quiet.port}/x?connect_timeout=1`,
    )
    const each = `127.0.0.1:${quiet.port}: no answer in 1s (waiting for the answer to the TLS request)`
    assert.equal(both.failure?.reason, `${each}; ${each}`)
    assert.ok(both.failure.down)
    await until(() => hanging.open() + quiet.open() === 0, 'all connections to be closed')
  } finally {
    await Promise.all([hanging.stop(), quiet.stop()])
  }
})

test('leaves no timers behind after any of this', async () => {
  assert.deepEqual(
    (await leftOpen()).filter((each) => each === 'Timeout'),
    [],
  )
})
