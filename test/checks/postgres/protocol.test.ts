import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import {
  authentication,
  columns,
  DONE,
  dataRow,
  PARSED,
  packet,
  READY,
  SASL,
  serverError,
} from '../../servers/fake-postgres.ts'
import { against, queried, type Script, says, started } from './scripts.ts'
import { assertFailed, type Expected, tryProbe } from './try-probe.ts'

const PBKDF_SALT = createHash('sha256').update('salt').digest('base64')

/** A SCRAM exchange in which the server gives its first message as it likes, then proves nothing. */
const scram = (first: (clientNonce: string) => string, last = 'v=AAAA'): Script =>
  started(async (client) => {
    client.send(SASL)
    const nonce = /r=(.*)$/.exec((await client.message()).body.toString())?.[1] ?? ''
    client.send(authentication(11, first(nonce)))
    await client.message()
    client.send(authentication(12, last), authentication(0), READY)
  })

const faults: Readonly<Record<string, readonly [Script, Expected]>> = {
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
      const outcome = await tryProbe(target)
      assertFailed(outcome, expected)
      assert.doesNotMatch(`${outcome.failure?.reason} ${outcome.failure?.hint}`, /hunter2/)
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
        assertFailed(await tryProbe(target), expected)
      },
      more,
    )
  })
}
