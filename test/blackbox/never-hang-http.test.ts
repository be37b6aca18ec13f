import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeAuthority } from '../servers/certificates.ts'
import { type Fault, startFault, startScripted } from '../servers/faults.ts'
import { startNginx } from '../servers/nginx.ts'
import { until } from '../servers/until.ts'
import { fault, neverHang, phase } from './hang.ts'

const authority = makeAuthority()
const certificate = authority.issue({ names: ['localhost'] })
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n'

const overTls =
  (what: Fault, text = '') =>
  () =>
    startFault(what, { text, tls: certificate })
const http =
  (options = '') =>
  (port: number) => [`--http=http://127.0.0.1:${port}/#${options}`]
const https =
  (options = '') =>
  (port: number) => [`--http=https://localhost:${port}/#ca=${authority.caFile}&${options}`]

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
    limitS: 6,
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
