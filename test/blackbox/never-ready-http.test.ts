import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeAuthority } from '../servers/certificates.ts'
import { closedPort, startFault } from '../servers/faults.ts'
import { type NginxServer, startNginx } from '../servers/nginx.ts'
import { neverReady, ready, through } from './refusal.ts'

const authority = makeAuthority()
const CA = `ca=${authority.caFile}`
const certificates = {
  good: authority.issue({ names: ['localhost'] }),
  expired: authority.issue({ names: ['localhost'], days: -3 }),
  selfSigned: authority.issue({ names: ['localhost'], selfSigned: true }),
  otherName: authority.issue({ names: ['other.example'] }),
}
const LOCATIONS = `
  absolute_redirect off;
  location = /fine { return 200 '{"status":"UP"}'; }
  location = /500 { return 500; }
  location = /503 { return 503; }
  location = /401 { return 401; }
  location = /itself { return 302 /itself; }
  location = /there { return 307 /back; }
  location = /back { return 301 /there; }
  location = /to-500 { return 302 /500; }`

let plain: NginxServer
let secure: Record<keyof typeof certificates, NginxServer>
let refused: number

before(async () => {
  const entries = Object.entries(certificates).map(
    async ([name, files]) => [name, await startNginx(LOCATIONS, files)] as const,
  )
  plain = await startNginx(LOCATIONS)
  secure = Object.fromEntries(await Promise.all(entries)) as typeof secure
  refused = await closedPort()
})
after(() => Promise.all([plain, ...Object.values(secure)].map((server) => server.stop())))

const path =
  (where: string) =>
  (port: number): string[] => [`--http=http://127.0.0.1:${port}${where}`]
const overTls =
  (options: string) =>
  (port: number): string[] => [`--http=https://localhost:${port}/fine#${options}`]
const toPlain = () => through(plain)

neverReady('HTTP', [
  { title: '500', peer: toPlain, args: path('/500'), reason: /: 500 Internal Server Error$/ },
  { title: '404', peer: toPlain, args: path('/none'), reason: /: 404 Not Found$/ },
  { title: '503', peer: toPlain, args: path('/503'), reason: /: 503 Service Temporarily Unavailable$/ },
  {
    title: '401: a status is never lasting',
    peer: toPlain,
    args: path('/401'),
    reason: /: 401 Unauthorized$/,
  },
  {
    title: 'a redirect to itself',
    peer: toPlain,
    args: path('/itself'),
    reason: /: redirect loop: \S+\/itself/,
  },
  {
    title: 'a redirect loop of two',
    peer: toPlain,
    args: path('/there'),
    reason: /: redirect loop: \S+\/there -> \S+\/back -> \S+\/there$/,
  },
  {
    title: 'one redirect more than allowed',
    peer: toPlain,
    args: path('/there#redirects=1'),
    reason: /: (redirect loop|more than 1 redirects)/,
  },
  {
    title: 'a redirect that is not followed',
    peer: toPlain,
    args: path('/to-500#redirects=0'),
    reason: /: 302 /,
  },
  { title: 'a redirect to 500', peer: toPlain, args: path('/to-500'), reason: /: 500 .* at \S+\/500$/ },
  {
    title: '200 when another status is wanted',
    peer: toPlain,
    args: path('/fine#status=204,4xx'),
    reason: /: 200 OK, not 204,4xx$/,
  },
  {
    title: 'another body',
    peer: toPlain,
    args: path('/fine#body=DOWN'),
    reason: /: body does not contain "DOWN"$/,
  },
  {
    title: 'another value in a JSON body',
    peer: toPlain,
    args: path('/fine#json=status=DOWN'),
    reason: /: json status is "UP", not DOWN$/,
  },
  {
    title: 'no such header',
    peer: toPlain,
    args: path('/fine#header=X-Ready:yes'),
    reason: /: header X-Ready is missing$/,
  },
  {
    title: 'a connection that is closed before the answer',
    peer: () => startFault('close-when-asked'),
    args: path('/'),
    reason: /: connection closed by peer before it answered$/,
  },
  {
    title: 'a connection that is reset in place of an answer',
    peer: () => startFault('reset-when-asked'),
    args: path('/'),
    reason: /: connection reset by peer before it answered$/,
  },
  {
    title: 'headers that break off',
    peer: () => startFault('close-when-asked', { text: 'HTTP/1.1 200 OK\r\nX-A: b\r\n' }),
    args: path('/'),
    reason: /: connection closed by peer in the middle of the response headers$/,
  },
  {
    title: 'a body that breaks off',
    peer: () => startFault('close-when-asked', { text: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfine' }),
    args: path('/#body=fine'),
    reason: /: connection closed by peer in the middle of the body$/,
  },
  {
    title: 'another protocol on the port',
    peer: () => startFault('silent', { text: 'SSH-2.0-OpenSSH_9.9\r\n' }),
    args: path('/'),
    reason: /: not HTTP: answered "SSH-2\.0-OpenSSH_9\.9"$/,
    lasting: true,
  },
  {
    title: 'plain HTTP to a TLS port',
    peer: () => through(secure.good),
    args: path('/fine'),
    reason: /: 400 Bad Request$/,
  },
  {
    title: 'TLS to a plain port',
    peer: toPlain,
    args: overTls(CA),
    reason: /: does not speak TLS$/,
    lasting: true,
  },
])

neverReady('HTTPS', [
  {
    title: 'an expired certificate',
    peer: () => through(secure.expired),
    args: overTls(CA),
    reason: /: certificate expired 3 days ago$/,
    lasting: true,
  },
  {
    title: 'a self-signed certificate',
    peer: () => through(secure.selfSigned),
    args: overTls(CA),
    reason: /: certificate is self-signed$/,
    lasting: true,
  },
  {
    title: 'a certificate of another name',
    peer: () => through(secure.otherName),
    args: overTls(CA),
    reason: /: certificate is for other\.example, not localhost$/,
    lasting: true,
  },
  {
    title: 'a certificate of an authority that nobody trusts',
    peer: () => through(secure.good),
    args: overTls(''),
    reason: /: certificate is signed by an unknown authority \(Test Authority\)$/,
    lasting: true,
  },
])

neverReady('HTTP until=down', [
  {
    title: '200',
    peer: toPlain,
    args: path('/fine#until=down'),
    reason: /: still answering: 200 OK$/,
  },
  { title: '500', peer: toPlain, args: path('/500#until=down'), reason: /: not known to be down: 500 / },
  {
    title: 'a certificate of another name',
    peer: () => through(secure.otherName),
    args: overTls(`until=down&${CA}`),
    reason: /: not known to be down: certificate is for other\.example/,
  },
  {
    title: 'a connection that is reset',
    peer: () => startFault('reset-when-asked'),
    args: path('/#until=down'),
    reason: /: not known to be down: connection reset by peer/,
  },
])

test('until=down is ready when the port refuses', async () => {
  const run = await ready([`--http=http://127.0.0.1:${refused}#until=down`])
  assert.match(run.stderr, /\(down: connection refused\)$/m)
})

test('until=down is ready when the server is silent for a whole attempt', async () => {
  const silent = await startFault('silent')
  const run = await ready([`--http=http://127.0.0.1:${silent.port}#until=down&timeout=400ms`])
  await silent.stop()
  assert.match(run.stderr, /\(down: no answer in 40\dms \(waiting for the response headers\)\)$/m)
})

test('the same servers are ready where nothing is wrong', async () => {
  await ready([
    `--http=http://127.0.0.1:${plain.port}/fine#status=200&body=UP&json=status=UP`,
    `--http=https://localhost:${secure.good.port}/fine#${CA}`,
    `--http=https://localhost:${secure.expired.port}/fine#insecure`,
  ])
})
