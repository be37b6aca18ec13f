import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { makeAuthority } from '../servers/certificates.ts'
import { closedPort, type FaultServer, startFault, startScripted } from '../servers/faults.ts'
import { until } from '../servers/until.ts'
import { readywhen, start, temporaryDirectory } from './readywhen.ts'
import { neverReady, ready } from './refusal.ts'

const directory = temporaryDirectory()
const file = (name: string): string => join(directory, name)
const authority = makeAuthority()
const expired = authority.issue({ names: ['localhost'], days: -3 })
const other = authority.issue({ names: ['other.example'] })
let refused: number
let open: FaultServer

before(async () => {
  refused = await closedPort()
  open = await startFault('silent')
  writeFileSync(file('empty'), '')
  writeFileSync(file('text'), 'starting\n')
  mkdirSync(file('directory'))
})
after(() => open.stop())

const tcp =
  (options = '') =>
  (port: number): string[] => [`--tcp=127.0.0.1:${port}${options}`]
/** A path in the directory of this test, or from the root, with its options. */
const path = (text: string) => () => [`--file=${resolve(directory, text)}`]

neverReady('TCP', [
  { title: 'a port that refuses', args: () => tcp()(refused), reason: /: connection refused$/ },
  {
    title: 'a proxy that accepts and drops, with hold',
    peer: () => startFault('close'),
    args: tcp('#hold=500ms'),
    reason: /: connection closed by peer (\d+ms )?after it was accepted$/,
  },
  {
    title: 'a proxy that accepts and resets, with hold',
    peer: () => startFault('reset'),
    args: tcp('#hold=500ms'),
    reason: /: connection reset by peer(( \d+ms)? after it was accepted)?$/,
  },
  {
    title: 'a proxy that drops a little later, with hold',
    peer: () => startScripted((socket) => setTimeout(() => socket.destroy(), 100)),
    args: tcp('#hold=500ms'),
    reason: /: connection closed by peer (\d+ms )?after it was accepted$/,
  },
  {
    title: 'a greeting other than the expected one',
    peer: () => startFault('close', { text: 'HTTP/1.1 400 Bad Request\r\n' }),
    args: tcp('#expect=SSH-2.0'),
    reason: /: got "HTTP\/1\.1 400 Bad Request" instead of "SSH-2\.0"$/,
  },
])

neverReady('TCP until=down', [
  {
    title: 'a port that accepts',
    peer: () => startFault('silent'),
    args: tcp('#until=down'),
    reason: /: still answering$/,
  },
  {
    title: 'a connection that is reset',
    peer: () => startFault('reset'),
    args: tcp('#until=down&hold=500ms'),
    reason: /: not known to be down: connection reset by peer/,
  },
])

neverReady('files', [
  { title: 'a missing file', args: path('none'), reason: /: no such file$/ },
  { title: 'an empty file, with min-size', args: path('empty#min-size=1'), reason: /: empty file$/ },
  { title: 'an empty file, with contains', args: path('empty#contains=/^/'), reason: /: empty file$/ },
  { title: 'an empty file, with certificate', args: path('empty#certificate'), reason: /: empty file$/ },
  { title: 'a file that is too small', args: path('text#min-size=10'), reason: /: 9 bytes of 10$/ },
  { title: 'another content', args: path('text#contains=ready'), reason: /: does not contain "ready"$/ },
  {
    title: 'a directory in place of a file with a content',
    args: path('directory#contains=ready'),
    reason: /: is a directory$/,
    lasting: true,
  },
  {
    title: 'an expired certificate',
    args: path(`${expired.certFile}#certificate`),
    reason: /: certificate expired 3 days ago$/,
  },
  {
    title: 'a certificate of another name',
    args: path(`${other.certFile}#for=localhost`),
    reason: /: certificate is for other\.example, not localhost$/,
  },
  {
    title: 'a certificate of another key',
    args: path(`${other.certFile}#matches-key=${expired.keyFile}`),
    reason: /: .*key/,
  },
  { title: 'a file that is there, until=down', args: path('text#until=down'), reason: /: still answering$/ },
])

test('until=down is ready when the port refuses, and when the file is gone', async () => {
  writeFileSync(file('lock'), '')
  const running = start([
    '--timeout=10s',
    `--tcp=127.0.0.1:${refused}#until=down`,
    `--file=${file('lock')}#until=down`,
  ])
  await until(() => /^waiting +file /m.test(running.stderr()), running.stderr)
  rmSync(file('lock'))
  const run = await running.ended
  assert.equal(run.code, 0, run.stderr)
  assert.match(run.stderr, /^ready +tcp .*\(down: connection refused\)$/m)
  assert.match(run.stderr, /^ready +file .*\(down: no such file\)$/m)
})

test('successes=3 wants three in a row: two and a failure do not count', async () => {
  const server = await startScripted((socket) => {
    if (server.connections === 3) socket.end('down\n')
    else socket.end('up\n')
  })
  const run = await ready(['--backoff=20ms', `--tcp=127.0.0.1:${server.port}#expect=up&successes=3`])
  await server.stop()
  assert.equal(server.connections, 6)
  assert.match(
    run.stderr,
    /^waiting .*: got "down" instead of "up"$|^waiting .* got "down" instead of "up"$/m,
  )
  assert.match(run.stderr, /^ready .*, 6 attempts/m)
})

test('--successes holds for all targets, and until=down is counted the same way', async () => {
  const run = await ready(['--successes=3', '--backoff=20ms', ...tcp('#until=down')(refused)])
  assert.match(run.stderr, /^waiting .*1 of 3 successes in a row$/m)
  assert.match(run.stderr, /^ready .*, 3 attempts/m)
})

test('--any: none of several is not ready', async () => {
  const targets = [...tcp()(refused), '--file=/no/such/file']
  const once = await readywhen(['--any', '--once', ...targets])
  assert.equal(once.code, 1)
  const run = await readywhen(['--any', '--timeout=500ms', ...targets])
  assert.equal(run.code, 124)
  assert.match(run.stderr, /connection refused/)
  assert.match(run.stderr, /no such file/)
  assert.match(run.stderr, /2 of 2 not ready/)
})

test('--any: one that has failed for good does not end the wait for the others, all of them do', async () => {
  const lasting = `--file=${file('directory')}#contains=x`
  const late = file('late')
  const running = start(['--any', '--grace=0', '--timeout=10s', lasting, `--file=${late}`])
  await until(
    () => /^gave up /m.test(running.stderr()) && /^waiting /m.test(running.stderr()),
    running.stderr,
  )
  writeFileSync(late, '')
  assert.equal((await running.ended).code, 0)
  const run = await readywhen(['--any', '--grace=0', '--timeout=10s', lasting, `${lasting}2`])
  assert.equal(run.code, 3, run.stderr)
})

test('without --any one ready target does not hide the other', async () => {
  const run = await readywhen(['--once', ...tcp()(open.port), ...tcp()(refused)])
  assert.equal(run.code, 1)
  assert.match(run.stderr, /^not ready: 1 of 2: /m)
})
