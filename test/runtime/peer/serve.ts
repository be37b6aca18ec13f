/** The other end of the conformance tests: a process on Node that does what the client's script says. */
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import { type CertificateRequest, makeAuthority } from '../../servers/certificates.ts'
import { freePort } from '../../servers/ports.ts'
import type { Peer, Step } from './script.ts'

/** Reads up to and with a mark, and gives the text before it. */
function readHead(socket: net.Socket, mark: string, onHead: (head: string, rest: Buffer) => void): void {
  let received = Buffer.alloc(0)
  const onData = (data: Buffer): void => {
    received = Buffer.concat([received, data])
    const end = received.indexOf(mark)
    if (end < 0) return
    socket.off('data', onData)
    onHead(received.subarray(0, end).toString(), received.subarray(end + mark.length))
  }
  socket.on('data', onData)
}

/** The connections below TLS, by the client's port: only those can be reset. */
const below = new Map<number, net.Socket>()

/** What connections were sent, until the end of each. */
const kept = new Map<string, Promise<Buffer>>()

async function perform(socket: net.Socket, steps: readonly Step[], start: Buffer): Promise<void> {
  let received = start.length
  let echoing = false
  socket.on('data', (data) => {
    received += data.length
    if (echoing) socket.write(data)
  })
  const ended = new Promise<void>((resolve) => socket.once('end', resolve).once('close', () => resolve()))
  for (const step of steps) {
    if (socket.destroyed) return
    switch (step[0]) {
      case 'write':
        socket.write(step[1], 'latin1')
        break
      case 'fill':
        socket.write(Buffer.alloc(step[1], 'x'))
        break
      case 'wait':
        await sleep(step[1])
        break
      case 'end':
        socket.end()
        break
      case 'reset':
        ;(below.get(socket.remotePort ?? 0) ?? socket).resetAndDestroy()
        break
      case 'echo':
        echoing = true
        socket.write(start)
        await ended
        socket.end()
        break
      case 'stop reading':
        socket.pause()
        break
      case 'read on':
        socket.resume()
        break
      case 'wait for end':
        await ended
        break
      case 'count':
        socket.write(`${received}\n`)
        break
      case 'keep': {
        const pieces = [start]
        socket.on('data', (data) => pieces.push(data))
        kept.set(
          step[1],
          ended.then(() => Buffer.concat(pieces)),
        )
        break
      }
      case 'tell':
        socket.write((await kept.get(step[1])) ?? 'nothing was kept')
        break
      case 'signal':
        process.kill(step[1], step[2])
        break
    }
  }
}

function onConnection(socket: net.Socket): void {
  socket.on('error', () => {})
  readHead(socket, '\n', (line, rest) => void perform(socket, JSON.parse(line) as Step[], rest))
}

async function listen(server: net.Server, where: number | string = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    if (typeof where === 'number') server.listen(where, '127.0.0.1', resolve)
    else server.listen(where, resolve)
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const HALF_OPEN = { allowHalfOpen: true }
const authority = makeAuthority()
const certificates: Record<string, string> = {}
const clientFiles = authority.issue({ names: ['client'] })

async function tlsPort(
  name: string,
  request: CertificateRequest,
  more: tls.TlsOptions = {},
): Promise<Record<string, number>> {
  const { certFile, keyFile } = authority.issue(request)
  certificates[name] = certFile
  const server = tls.createServer(
    {
      ...HALF_OPEN,
      cert: readFileSync(certFile),
      key: readFileSync(keyFile),
      ALPNProtocols: ['one', 'two'],
      ...more,
    },
    onConnection,
  )
  server.on('tlsClientError', () => {})
  server.on('connection', (socket: net.Socket) => below.set(socket.remotePort ?? 0, socket))
  return { [name]: await listen(server) }
}

function client(request: CertificateRequest): { cert: string; key: string } {
  const { certFile, keyFile } = authority.issue(request)
  return { cert: certFile, key: keyFile }
}

const udp = createSocket('udp4')
/** Datagrams that were only to be kept: nobody may listen any more for an echo. */
const datagrams = new Set<string>()
udp.on('message', (data, from) => {
  const [word, name = ''] = data.toString().split(' ')
  if (word === 'keep') datagrams.add(name)
  else {
    const answer = word === 'kept' ? [datagrams.has(name) ? 'yes' : 'no'] : ['echo ', data]
    udp.send(Buffer.concat(answer.map((part) => Buffer.from(part))), from.port, from.address)
  }
})
await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve))

const unix = join(authority.dir, 'peer.sock')
await listen(net.createServer(HALF_OPEN, onConnection), unix)
const localhost = { names: ['localhost'], ips: ['127.0.0.1'] }
const hour = 3_600_000
const peer: Peer = {
  tcp: await listen(net.createServer(HALF_OPEN, onConnection)),
  unix,
  closed: await freePort(),
  udp: udp.address().port,
  tls: Object.assign(
    {},
    await tlsPort('good', localhost),
    await tlsPort('expired', { ...localhost, days: -3 }),
    await tlsPort('early', { ...localhost, notBefore: new Date(Date.now() + hour) }),
    await tlsPort('otherName', { names: ['other.example'] }),
    await tlsPort('selfSigned', { ...localhost, selfSigned: true }),
    await tlsPort('sha384', { ...localhost, digest: 'sha384' }),
    await tlsPort('sha512', { ...localhost, digest: 'sha512' }),
    await tlsPort('sha1', { ...localhost, digest: 'sha1' }),
    await tlsPort('p521', { ...localhost, key: 'P-521' }),
    await tlsPort('p521old', { ...localhost, key: 'P-521' }, { maxVersion: 'TLSv1.2' }),
    await tlsPort('p521group', localhost, { ecdhCurve: 'P-521' }),
    await tlsPort('rsaPss', { ...localhost, key: 'RSA-PSS' }),
    await tlsPort('version1', { commonName: 'localhost', version1: true }),
    await tlsPort('version1old', { commonName: 'localhost', version1: true }, { maxVersion: 'TLSv1.2' }),
    await tlsPort('version1pin', { commonName: 'localhost', version1: true, selfSigned: true }),
    await tlsPort('asksClient', localhost, {
      requestCert: true,
      rejectUnauthorized: true,
      ca: readFileSync(authority.caFile),
    }),
  ) as Record<string, number>,
  certificates,
  ca: authority.caFile,
  clientCert: clientFiles.certFile,
  clientKey: clientFiles.keyFile,
  otherKey: authority.keyFile,
  clients: {
    version1: client({ commonName: 'client', version1: true }),
    p521: client({ names: ['client'], key: 'P-521' }),
    ed25519: client({ names: ['client'], key: 'Ed25519' }),
  },
  directory: authority.dir,
}
process.stdout.write(`${JSON.stringify(peer)}\n`)
// whoever started this holds the other end: when he is gone, so is this
process.stdin.resume().on('end', () => process.exit())
