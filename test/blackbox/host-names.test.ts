/** Whatever stands where a host should: a usage error, or a failure of the target. Never a bug, never a hang. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { NXDOMAIN, type ProgrammedDns, startDns } from '../servers/dns.ts'
import { type FaultServer, startFault } from '../servers/faults.ts'
import { readywhen, temporaryFile } from './readywhen.ts'

let nowhere: ProgrammedDns
let everywhere: ProgrammedDns
let server: FaultServer

before(async () => {
  server = await startFault('close')
  nowhere = await startDns(() => NXDOMAIN)
  everywhere = await startDns(({ name, type }) => ({ answers: type === 'A' ? [`${name} A 127.0.0.1`] : [] }))
})
after(() => Promise.all([nowhere.stop(), everywhere.stop(), server.stop()]))

/** Every way in which a kind of check takes a host. */
const PLACES: Readonly<Record<string, (host: string) => string[]>> = {
  tcp: (host) => ['--tcp', `${host}:${server.port}`],
  http: (host) => ['--http', `http://${host}:${server.port}/`],
  https: (host) => ['--http', `https://${host}:${server.port}/`],
  'a servername': (host) => ['--http', `https://127.0.0.1:${server.port}/#servername=${host}`],
  postgres: (host) => ['--postgres', `postgres://app@${host}:${server.port}/app`],
  'postgres with TLS': (host) => [
    '--postgres',
    `host=${host} port=${server.port} user=app sslmode=verify-full`,
  ],
  redis: (host) => ['--redis', `redis://${host}:${server.port}`],
  'redis with TLS': (host) => ['--redis', `rediss://${host}:${server.port}`],
  dns: (host) => ['--dns', host],
  'dns, another type': (host) => ['--dns', `${host}#type=SRV`],
  'a DNS server': (host) => ['--dns', `db.test#server=${host}:${server.port}`],
}

const EMPTY = ['', '.', '..', '...']
const NO_NAMES = [...EMPTY, 'a..b', '.a', 'db..', 'x'.repeat(64), `${'x'.repeat(60)}.`.repeat(5), 'caf\u00e9']
const STRANGE = [
  '-',
  '*',
  '_',
  '%',
  'a%b',
  '%41',
  '\\',
  'a\\.',
  '\\046',
  '\\300',
  '0',
  '1',
  '0x7f.1',
  '127.1',
  '127.0.0.1.',
  '256.1.1.1',
  'my_db',
  '-db-',
  'db.',
  'xn--',
  'xn--a',
  '[::]',
  '[::1',
  '[::1%lo]',
  '::',
  '[fe80::1%nosuch]',
  'localhost.',
  '~',
  '!',
  '+',
  '$HOST',
  '$(HOST)',
  '\u{1f600}',
  'a\u200bb',
  `${'x'.repeat(63)}.`.repeat(3) + 'x'.repeat(61),
]

async function outcome(args: readonly string[], dns: ProgrammedDns): Promise<string> {
  const env = {
    READYWHEN_RESOLV_CONF: temporaryFile(`nameserver [127.0.0.1]:${dns.port}\nsearch prod.test\n`),
  }
  const run = await readywhen(['--once', '--attempt-timeout', '2s', ...args], { env, limitMs: 20_000 })
  return `${run.code} ${run.stderr}`
}

/** Runs all, so many at once. */
async function together(all: readonly (() => Promise<void>)[], width: number): Promise<void> {
  const left = all.values()
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const one of left) await one()
    }),
  )
}

for (const [place, argsFor] of Object.entries(PLACES)) {
  test(`${place}: no name ends it with a bug`, async () => {
    // a name that leads somewhere goes on into the handshake, where it is asked for and verified
    const dns = /TLS|https|servername/.test(place) ? everywhere : nowhere
    const tries = [...NO_NAMES, ...STRANGE].map((host) => async () => {
      assert.match(await outcome(argsFor(host), dns), /^[012] /, `${JSON.stringify(host)} for ${place}`)
    })
    await together(tries, 6)
  })

  test(`${place}: an empty name is a mistake`, async () => {
    // without a name libpq takes this machine, and a URL of Postgres may leave it out; an option may not be empty
    const empty = /postgres/.test(place) ? EMPTY.filter((name) => name !== '') : EMPTY
    for (const host of empty) {
      if (place === 'dns, another type' && host === '.') continue
      assert.match(await outcome(argsFor(host), nowhere), /^2 /, `${JSON.stringify(host)} for ${place}`)
    }
  })
}

test('the name servers of the root can be asked for', async () => {
  const dns = await startDns(({ name, type }) =>
    type === 'NS' && name === '' ? { answers: ['. NS a.root-servers.net'] } : NXDOMAIN,
  )
  const run = await readywhen(['--once', '--dns', `.#type=NS&server=127.0.0.1:${dns.port}`])
  await dns.stop()
  assert.equal(run.code, 0, run.stderr)
  assert.match(run.stderr, /a\.root-servers\.net/)
})

for (const [title, target] of [
  ['a path with a NUL', 'unix:/run/a\0b'],
  ['a path too long for a socket', `unix:/${'x'.repeat(300)}`],
  ['a host with a NUL', 'd\0b:5432'],
] as const) {
  test(`${title} is no bug`, async () => {
    const config = temporaryFile(JSON.stringify({ tcp: [target] }))
    const run = await readywhen(['--once', '--config', config])
    assert.ok(run.code === 1 || run.code === 2, `${run.code} ${run.stderr}`)
  })
}
