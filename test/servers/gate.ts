import net from 'node:net'
import { freePort } from './ports.ts'

/** A port that refuses connections until it is opened, and from then on leads to a server. */
export interface Gate {
  readonly port: number
  /** Connections of clients that are open now. */
  readonly clients: number
  /** Opens it; gives the moment (`performance.now()`) from which on it leads to the server. */
  open(): Promise<number>
  stop(): Promise<void>
}

/** Makes a server that is up already appear later, as one that starts does. */
export async function startGate(serverPort: number): Promise<Gate> {
  const port = await freePort()
  const sockets = new Set<net.Socket>()
  let clients = 0
  const server = net.createServer((client) => {
    clients += 1
    client.once('close', () => {
      clients -= 1
    })
    const upstream = net.connect(serverPort, '127.0.0.1')
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        // What the other still sends is of no use to anybody, but its end has to be read.
        other.end()
        other.resume()
      })
    }
    client.pipe(upstream).pipe(client)
  })
  return {
    port,
    get clients() {
      return clients
    },
    async open() {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, '127.0.0.1', resolve)
      })
      return performance.now()
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
  }
}
