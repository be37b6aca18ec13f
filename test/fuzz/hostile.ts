import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { readQuery } from '../servers/dns-wire.ts'
import { freePort } from '../servers/ports.ts'
import { dnsReply, type Flow } from './answers.ts'
import { type Chance, spoil } from './random.ts'

/** A server that means harm, on 127.0.0.1. */
export interface Hostile {
  readonly port: number
  stop(): void
}

const listening = async (server: net.Server): Promise<number> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Answers each message of a client with the next of a flow, most of them spoiled; ends, resets or falls silent then. */
export async function startSpoiledFlow(flow: Flow, by: Chance): Promise<Hostile> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    keep(sockets, socket)
    let turn = 0
    const answer = (): void => {
      const good = flow[turn]
      turn += 1
      if (good !== undefined) sendInPieces(socket, by.happens(0.7) ? spoil(good, by) : good, by)
      if (turn >= flow.length) finish(socket, by)
    }
    if (by.happens(0.1)) answer()
    socket.on('data', answer)
  })
  return { port: await listening(server), stop: () => stopAll(server, sockets) }
}

/** A relay to a good server that spoils what that one says: the only way into a handshake with secrets of its own. */
export async function startSpoilingRelay(port: number, by: Chance): Promise<Hostile> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((client) => {
    const upstream = net.connect(port, '127.0.0.1')
    keep(sockets, client)
    keep(sockets, upstream)
    client.on('data', (data) => upstream.write(data))
    upstream.on('data', (data) => sendInPieces(client, by.happens(0.5) ? spoil(data, by) : data, by))
    upstream.on('close', () => finish(client, by))
    client.on('close', () => upstream.destroy())
  })
  return { port: await listening(server), stop: () => stopAll(server, sockets) }
}

/** A name server whose replies, over UDP and TCP, are spoiled. */
export async function startSpoiledDns(by: Chance): Promise<Hostile> {
  const port = await freePort()
  const udp = createSocket('udp4')
  udp.on('message', (message, { port: back, address }) => {
    for (let copies = by.below(3); copies >= 0; copies -= 1) {
      const reply = spoil(dnsReply(readQuery(message, 'udp'), by), by)
      if (!by.happens(0.1)) udp.send(reply, back, address)
    }
  })
  udp.bind(port, '127.0.0.1')
  await once(udp, 'listening')
  const sockets = new Set<net.Socket>()
  const tcp = net.createServer((socket) => {
    keep(sockets, socket)
    socket.on('data', (data) => {
      if (data.length < 14) return void socket.destroy()
      const reply = dnsReply(readQuery(data.subarray(2), 'tcp'), by)
      const framed = Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 255]), reply])
      sendInPieces(socket, spoil(framed, by), by)
      finish(socket, by)
    })
  })
  tcp.listen(port, '127.0.0.1')
  await once(tcp, 'listening')
  return {
    port,
    stop() {
      udp.close()
      stopAll(tcp, sockets)
    },
  }
}

function keep(sockets: Set<net.Socket>, socket: net.Socket): void {
  sockets.add(socket)
  socket.on('error', () => {})
  socket.on('close', () => sockets.delete(socket))
}

function sendInPieces(socket: net.Socket, bytes: Buffer, by: Chance): void {
  const cut = by.below(bytes.length + 1)
  socket.setNoDelay(true)
  if (by.happens(0.5)) socket.write(bytes.subarray(0, cut))
  else socket.write(bytes)
  if (by.happens(0.5)) socket.write(bytes.subarray(cut))
}

function finish(socket: net.Socket, by: Chance): void {
  if (by.happens(0.1)) return
  if (by.happens(0.2)) socket.resetAndDestroy()
  else socket.end()
}

function stopAll(server: net.Server, sockets: ReadonlySet<net.Socket>): void {
  for (const socket of sockets) socket.destroy()
  server.close()
}
