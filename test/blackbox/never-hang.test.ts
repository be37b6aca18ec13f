import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { after, before } from 'node:test'
import { startBlackHole } from '../servers/black-hole.ts'
import { makeAuthority } from '../servers/certificates.ts'
import { type ProgrammedDns, startDns } from '../servers/dns.ts'
import { type Fault, startFault, startFullBacklog, startScripted } from '../servers/faults.ts'
import { startNginx } from '../servers/nginx.ts'
import { until } from '../servers/until.ts'
import { neverHang } from './hang.ts'
import { temporaryDirectory } from './readywhen.ts'

const directory = temporaryDirectory()
const authority = makeAuthority()
const certificate = authority.issue({ names: ['localhost'] })
const resolvConf = join(directory, 'resolv.conf')
const isRoot = process.getuid?.() === 0
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n'
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

const fault =
  (what: Fault, text = '') =>
  () =>
    startFault(what, { text })
const overTls =
  (what: Fault, text = '') =>
  () =>
    startFault(what, { text, tls: certificate })
const tcp = (options: string) => (port: number) => [`--tcp=127.0.0.1:${port}#${options}`]
const http =
  (options = '') =>
  (port: number) => [`--http=http://127.0.0.1:${port}/#${options}`]
const https =
  (options = '') =>
  (port: number) => [`--http=https://localhost:${port}/#ca=${authority.caFile}&${options}`]
const phase = (what: string) => new RegExp(`^no answer in (2|1\\.9)s \\(waiting for ${what}\\)$`)

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

neverHang('HTTP', [
  { title: 'no headers', peer: fault('silent'), args: http(), reason: phase('the response headers') },
  {
    title: 'headers of one byte a second',
    peer: fault('drip', HEAD),
    args: http(),
    reason: phase('the response headers'),
  },
  {
    title: 'headers without an end',
    peer: fault('flood', 'HTTP/1.1 200 OK\r\nX-Long: '),
    args: http(),
    reason: /^response headers are too large$/,
  },
  {
    title: 'no body',
    peer: fault('answer', HEAD),
    args: http('body=ready'),
    reason: phase('the end of the response body'),
  },
  {
    title: 'a body of 100 MB',
    peer: fault('flood', HEAD),
    args: http('body=ready'),
    reason: /^body is larger than 1 MiB: not searched$/,
  },
  {
    title: '100 MB that are not HTTP',
    peer: fault('flood'),
    args: http(),
    reason: /^not HTTP: answered "x+…?"$/,
  },
  { title: 'garbage', peer: fault('garbage'), args: http(), reason: /^not HTTP: answered / },
  {
    title: 'a redirect to a server that is silent',
    peer: () =>
      startScripted((socket) => {
        socket.once('data', (request) => {
          if (request.includes('GET / '))
            socket.end('HTTP/1.1 302 Found\r\nLocation: /silent\r\nContent-Length: 0\r\n\r\n')
        })
      }),
    args: http(),
    reason: phase('the response headers'),
  },
])

neverHang('a slow HTTP server', [
  {
    title: 'a body of one byte a second',
    peer: () => startSlowNginx(),
    args: http('body=ready'),
    reason: phase('the end of the response body'),
  },
  {
    title: 'a server that is killed in the middle of the body',
    peer: () => startSlowNginx(),
    args: http('body=ready&timeout=30s'),
    meanwhile: async (server) => {
      await until(async () => (await server.answering()) > 0, 'a request')
      server.kill()
    },
    before: /^connection (closed|reset) by peer in the middle of the body$/m,
    reason: /^connection refused$/,
  },
])

neverHang('HTTPS', [
  { title: 'no TLS handshake', peer: fault('silent'), args: https(), reason: phase('the TLS handshake') },
  {
    title: 'a TLS handshake that stops',
    peer: fault('handshake-silent'),
    args: https(),
    reason: phase('the TLS handshake'),
  },
  {
    title: 'a TLS handshake of one byte a second',
    peer: fault('drip', '\x16\x03\x03\x00\x5a\x02'),
    args: https(),
    reason: phase('the TLS handshake'),
  },
  { title: 'no headers', peer: overTls('silent'), args: https(), reason: phase('the response headers') },
  {
    title: 'a body of 100 MB',
    peer: overTls('flood', HEAD),
    args: https('body=ready'),
    reason: /^body is larger than 1 MiB: not searched$/,
  },
  { title: '100 MB that are not TLS', peer: fault('flood'), args: https(), reason: /^does not speak TLS$/ },
  { title: 'garbage', peer: fault('garbage'), args: https(), reason: /^does not speak TLS$/ },
])

const server = () => `127.0.0.1:${dns.port}`
const waitingForServer = /^no answer in (2|1\.9)s \(waiting for the DNS server 127\.0\.0\.1:\d+\)$/

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

/** A real server that sends its page at one byte a second, and can be killed. */
async function startSlowNginx() {
  const nginx = await startNginx(
    'location = / { limit_rate 1; limit_rate_after 400; try_files /page =404; } location = /status { stub_status; }',
  )
  writeFileSync(join(nginx.root, 'page'), 'not yet\n'.repeat(100))
  return {
    port: nginx.port,
    kill: () => nginx.kill('SIGKILL'),
    /** How many requests it answers now, besides the one that asks. */
    async answering() {
      const status = await (await fetch(`http://127.0.0.1:${nginx.port}/status`)).text()
      return Number(/Writing: (\d+)/.exec(status)?.[1]) - 1
    },
    stop: () => nginx.stop(),
  }
}
