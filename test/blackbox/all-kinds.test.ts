import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeAuthority } from '../servers/certificates.ts'
import { NXDOMAIN, startDns, zone } from '../servers/dns.ts'
import { closedPort, startFault } from '../servers/faults.ts'
import { startGate } from '../servers/gate.ts'
import { startNginx } from '../servers/nginx.ts'
import { startPostgres } from '../servers/postgres.ts'
import { startRedis } from '../servers/redis.ts'
import { until } from '../servers/until.ts'
import { readywhen, start, temporaryDirectory } from './readywhen.ts'

const directory = temporaryDirectory()
const authority = makeAuthority()
const certificate = authority.issue({ names: ['localhost'] })
const stops: (() => Promise<void>)[] = []
after(() => Promise.all(stops.map((stop) => stop())))

/** Keeps a server until the end of this file. */
async function keep<S extends { stop(): Promise<void> }>(starting: Promise<S>): Promise<S> {
  const server = await starting
  stops.push(() => server.stop())
  return server
}

test('all kinds at once, each appearing at another moment: ready within one delay of the last', async () => {
  const [tcp, http, https, postgres, redis] = await Promise.all([
    keep(startFault('silent')),
    keep(startNginx('location /healthz { return 204; }')),
    keep(startNginx('location /healthz { return 200 "fine"; }', certificate)),
    keep(
      startPostgres({
        tls: certificate,
        initSql: "CREATE ROLE app LOGIN PASSWORD 'p#ss@word'; CREATE DATABASE app OWNER app",
      }),
    ),
    keep(startRedis({ tls: certificate, password: 'hush' })),
  ])
  const gates = await Promise.all(
    [tcp, http, https, postgres, redis].map(({ port }) => keep(startGate(port))),
  )
  const [tcpGate, httpGate, httpsGate, postgresGate, redisGate] = gates.map(({ port }) => port)
  let srv = false
  const dns = await keep(
    startDns((query) => (srv ? zone('_kafka._tcp.test SRV 0 5 9092 kafka-0.test')(query) : NXDOMAIN)),
  )
  const certificatePath = join(directory, 'tls.crt')
  const ca = authority.caFile
  const running = start([
    '--timeout=30s',
    `--tcp=127.0.0.1:${tcpGate}#name=port`,
    `--http=http://localhost:${httpGate}/healthz#name=plain`,
    `--http=https://localhost:${httpsGate}/healthz#ca=${ca}&body=fine&name=secure`,
    `--postgres=postgres://app:p%23ss%40word@localhost:${postgresGate}/app?sslmode=verify-full#ca=${ca}&name=database`,
    `--redis=rediss://:hush@localhost:${redisGate}#ca=${ca}&name=cache`,
    `--dns=_kafka._tcp.test#type=SRV&server=127.0.0.1:${dns.port}&name=peers`,
    `--file=${certificatePath}#certificate&for=localhost&matches-key=${certificate.keyFile}&name=certificate`,
  ])
  const appear = [
    ...gates.map((gate) => () => gate.open()),
    async () => {
      srv = true
    },
    async () => copyFileSync(certificate.certFile, certificatePath),
  ]
  const names = ['port', 'plain', 'secure', 'database', 'cache', 'peers', 'certificate']
  await until(
    () => names.every((name) => new RegExp(`^waiting +${name} `, 'm').test(running.stderr())),
    running.stderr,
  )
  const began = performance.now()
  let last = began
  for (const [i, show] of appear.entries()) {
    await until(() => performance.now() - began > i * 250, 'its turn')
    await show()
    last = performance.now()
  }
  const run = await running.ended
  const late = performance.now() - last
  assert.equal(run.code, 0, run.stderr)
  // The delays grow to about a third of a second per root of a second waited, spread by 20 %; the rest is a login over
  // TLS, and this machine.
  assert.ok(late < (330 * Math.sqrt(run.ms / 1000) + 100) * 1.2 + 500, `${late} ms after the last`)
  for (const name of names) {
    const lines = run.stderr.split('\n').filter((line) => new RegExp(`^\\S+ +${name} `).test(line))
    assert.equal(lines.filter((line) => line.startsWith('ready ')).length, 1, run.stderr)
    assert.equal(lines.filter((line) => line.startsWith('waiting ')).length, 1, run.stderr)
  }
  assert.match(run.stderr, /^ready: 7 of 7 in /m)
})

test('with one of many missing, that one is named and the others are not waited for again', async () => {
  const server = await keep(startFault('silent'))
  const refused = await closedPort()
  const run = await readywhen([
    '--timeout=1s',
    `--tcp=127.0.0.1:${server.port}`,
    `--tcp=127.0.0.1:${refused}`,
  ])
  assert.equal(run.code, 124)
  assert.match(run.stderr, new RegExp(`^not ready +tcp 127.0.0.1:${refused} .*connection refused$`, 'm'))
  assert.equal(server.connections, 1)
})
