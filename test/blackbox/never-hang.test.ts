import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { after, before } from 'node:test'
import { startBlackHole } from '../servers/black-hole.ts'
import { type ProgrammedDns, startDns } from '../servers/dns.ts'
import { startFullBacklog } from '../servers/faults.ts'
import { fault, neverHang, phase } from './hang.ts'
import { temporaryDirectory } from './readywhen.ts'

const directory = temporaryDirectory()
const resolvConf = join(directory, 'resolv.conf')
const isRoot = process.getuid?.() === 0
let dns: ProgrammedDns

before(async () => {
  dns = await startDns((query) => {
    if (query.name === 'garbage.test') return Buffer.from('no DNS message at all')
    return query.name === 'long.test' && query.over === 'udp' ? { truncated: true } : 'silent'
  })
  writeFileSync(resolvConf, `nameserver [127.0.0.1]:${dns.port}\n`)
  execFileSync('mkfifo', [join(directory, 'fifo')])
})
after(() => dns.stop())

const tcp = (options: string) => (port: number) => [`--tcp=127.0.0.1:${port}#${options}`]

neverHang('TCP', [
  {
    title: 'a backlog that is full',
    peer: startFullBacklog,
    args: (port) => [`--tcp=127.0.0.1:${port}`],
    reason: phase('the connection to be accepted'),
  },
  {
    title: 'a backlog that is full, of a Unix socket',
    peer: () => startBlackHole({ path: join(directory, 'full.sock') }),
    args: () => [`--tcp=unix:${directory}/full.sock`],
    reason: /^no room in the backlog of the socket$/,
  },
  {
    title: 'silence in place of a greeting',
    peer: fault('silent'),
    args: tcp('expect=hello'),
    reason: phase('"hello"'),
  },
  {
    title: 'a greeting of one byte a second',
    peer: fault('drip', 'hello world'),
    args: tcp('expect=hello'),
    reason: phase('"hello", so far "he?l?"'),
  },
  {
    title: 'a connection that is held long enough, but too late',
    peer: fault('silent'),
    args: tcp('hold=20s&timeout=30s'),
    reason: phase('20s to pass with the connection open'),
  },
  {
    title: '100 MB in place of a greeting',
    peer: fault('flood'),
    args: tcp('expect=hello'),
    reason: /^no "hello" in the first 64 KiB, but "x+…"$/,
  },
  {
    title: 'garbage in place of a greeting',
    peer: fault('garbage'),
    args: tcp('expect=hello'),
    reason: /"hello"/,
  },
])

const server = () => `127.0.0.1:${dns.port}`
const waitingForServer = /^no answer in (1\.9|2(\.\d)?)s \(waiting for the DNS server 127\.0\.0\.1:\d+\)$/

neverHang('names', [
  {
    title: 'a DNS server that is silent, as server=',
    args: () => [`--dns=silent.test#server=${server()}`],
    reason: waitingForServer,
  },
  {
    title: 'a DNS server that is silent over TCP',
    args: () => [`--dns=long.test#server=${server()}`],
    reason: waitingForServer,
  },
  {
    title: 'a DNS server that answers garbage',
    args: () => [`--dns=garbage.test#server=${server()}`],
    reason:
      /^(the DNS server \S+ sent an unreadable answer: .*|no answer in .* \(waiting for the DNS server \S+\))$/,
  },
  {
    title: 'a resolver that is silent, for --dns',
    args: () => ['--dns=silent.test'],
    env: () => ({ READYWHEN_RESOLV_CONF: resolvConf }),
    reason: waitingForServer,
  },
  {
    title: 'a resolver that is silent, for --tcp',
    args: () => ['--tcp=silent.test:80'],
    env: () => ({ READYWHEN_RESOLV_CONF: resolvConf }),
    reason: waitingForServer,
  },
  {
    title: 'a resolver that is silent, in /etc/resolv.conf',
    skip: !isRoot && 'needs root for a mount namespace',
    args: () => ['--http=http://silent.test/'],
    under: () => [
      'unshare',
      '-m',
      'sh',
      '-c',
      `mount --bind ${resolvConf} /etc/resolv.conf && exec "$@"`,
      'sh',
    ],
    reason: waitingForServer,
  },
])

neverHang('files', [
  {
    title: 'a pipe that nobody writes to',
    args: () => [`--file=${join(directory, 'fifo')}#contains=ready`],
    reason: /^is not a regular file$/,
  },
  {
    title: 'a device without an end',
    args: () => ['--file=/dev/zero#contains=ready'],
    reason: /^is not a regular file$/,
  },
  {
    title: 'a pipe in place of a certificate of TLS',
    peer: fault('silent'),
    args: (port) => [`--http=https://localhost:${port}/#ca=${join(directory, 'fifo')}`],
    reason: /: not a regular file$/,
  },
])
