import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { NXDOMAIN, type ProgrammedDns, REFUSED, SERVFAIL, startDns, zone } from '../servers/dns.ts'
import { type DnsmasqServer, startDnsmasq } from '../servers/dnsmasq.ts'
import { readywhen, temporaryDirectory } from './readywhen.ts'
import { neverReady, ready } from './refusal.ts'

const directory = temporaryDirectory()
const records = zone(
  'alias.test CNAME gone.test',
  'db.test A 127.0.0.1',
  'db.test A 127.0.0.2',
  'mail.test MX 10 mx.test',
)
const troubles = {
  'servfail.test': SERVFAIL,
  'refused.test': REFUSED,
  'silent.test': 'silent',
  'garbage.test': Buffer.from('no DNS message at all'),
} as const

let real: DnsmasqServer
let programmed: ProgrammedDns

before(async () => {
  programmed = await startDns((query) =>
    query.name in troubles ? troubles[query.name as keyof typeof troubles] : records(query),
  )
  const addresses = ['127.0.0.1', '127.0.0.2'].map(
    (value) => ({ type: 'A', name: 'db.real.test', value }) as const,
  )
  real = await startDnsmasq({ records: addresses })
})
after(() => Promise.all([real.stop(), programmed.stop()]))

/** A target that is asked of dnsmasq (`real`) or of the server that also misbehaves. */
const ask = (name: string, options = '') => {
  const server = name.endsWith('.real.test') ? () => real.port : () => programmed.port
  return () => [`--dns=${name}#server=127.0.0.1:${server()}${options}`]
}

neverReady('DNS', [
  { title: 'NXDOMAIN', args: ask('none.test'), reason: /: no such name "none\.test"$/ },
  {
    title: 'NXDOMAIN of a real server',
    args: ask('none.real.test'),
    reason: /: no such name "none\.real\.test"$/,
  },
  {
    title: 'an empty answer',
    args: ask('mail.test'),
    reason: /: "mail\.test" has no A or AAAA record$/,
  },
  {
    title: 'an empty answer of a real server',
    args: ask('db.real.test', '&type=SRV'),
    reason: /: "db\.real\.test" has no SRV record$/,
  },
  {
    title: 'an alias that leads nowhere',
    args: ask('alias.test'),
    reason: /: ("alias\.test" has no A or AAAA record|no such name "alias\.test")$/,
  },
  {
    title: 'fewer than min addresses',
    args: ask('db.test', '&min=3'),
    reason: /: 2 of at least 3 records: 127\.0\.0\.[12], 127\.0\.0\.[12]$/,
  },
  {
    title: 'fewer than min addresses of a real server',
    args: ask('db.real.test', '&min=3'),
    reason: /: 2 of at least 3 records: /,
  },
  {
    title: 'other records than the expected one',
    args: ask('db.test', '&expect=127.0.0.9'),
    reason: /: no 127\.0\.0\.9 among 127\.0\.0\.1, 127\.0\.0\.2$/,
  },
  {
    title: 'SERVFAIL',
    args: ask('servfail.test'),
    reason: /: the DNS server 127\.0\.0\.1:\d+ failed to answer \(SERVFAIL\)$/,
  },
  {
    title: 'REFUSED',
    args: ask('refused.test'),
    reason: /: the DNS server 127\.0\.0\.1:\d+ refused to answer \(REFUSED\)$/,
  },
  {
    title: 'a server that is silent',
    args: ask('silent.test', '&timeout=300ms'),
    reason: /: no answer (from the DNS server|in \d+ms \(waiting for the DNS server) 127\.0\.0\.1:\d+/,
  },
  {
    title: 'an answer that is no DNS message',
    args: ask('garbage.test', '&timeout=300ms'),
    reason: /: (the DNS server 127\.0\.0\.1:\d+ sent an unreadable answer|no answer )/,
  },
])

neverReady('DNS until=down', [
  {
    title: 'records',
    args: ask('db.test', '&until=down'),
    reason: /: still answering: 127\.0\.0\.1, 127\.0\.0\.2$/,
  },
  {
    title: 'an empty answer, for the name is there',
    args: ask('mail.test', '&until=down'),
    reason: /: not known to be down: "mail\.test" has no A or AAAA record$/,
  },
  {
    title: 'SERVFAIL',
    args: ask('servfail.test', '&until=down'),
    reason: /: not known to be down: .*SERVFAIL/,
  },
  {
    title: 'a server that is silent',
    args: ask('silent.test', '&until=down&timeout=300ms'),
    reason: /: not known to be down: no answer /,
  },
])

test('until=down is ready when there is no such name', async () => {
  const run = await ready(ask('none.test', '&until=down')())
  assert.match(run.stderr, /\(down: no such name "none\.test"\)$/m)
})

test('a target whose name cannot be resolved for want of a DNS server is not down', async () => {
  const resolvConf = join(directory, 'resolv.conf')
  writeFileSync(resolvConf, `nameserver [127.0.0.1]:${programmed.port}\n`)
  for (const [name, code, says] of [
    ['servfail.test', 1, /not known to be down: .*SERVFAIL/],
    ['none.test', 0, /down: no such name "none\.test"/],
  ] as const) {
    const target = ['--once', `--tcp=${name}:80#until=down`]
    const run = await readywhen(target, { env: { READYWHEN_RESOLV_CONF: resolvConf } })
    assert.equal(run.code, code, run.stderr)
    assert.match(run.stderr, says)
  }
})

test('a name that appears later is found, and its first answers were not ready', async () => {
  const name = `${NXDOMAIN.rcode}.real.test`
  const running = ready(ask(name)())
  await real.addAddress(name, '127.0.0.1')
  const run = await running
  assert.match(run.stderr, /^ready .*\(127\.0\.0\.1\)$/m)
})
