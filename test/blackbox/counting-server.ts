import { createServer, type Server, type Socket } from 'node:net'

/** A TCP port that takes every connection, says nothing and counts. */
export interface CountingServer {
  readonly port: number
  connections(): number
  close(): Promise<void>
}

/** Listens on a port of loopback; with `onConnection` it is more than silent. */
export async function countingServer(
  onConnection: (socket: Socket) => void = () => {},
  port = 0,
): Promise<CountingServer> {
  const open = new Set<Socket>()
  let count = 0
  const server: Server = createServer((socket) => {
    count++
    open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
    onConnection(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    connections: () => count,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

/** A port of loopback on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = await countingServer()
  await server.close()
  return server.port
}
