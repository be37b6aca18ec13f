import { readFileSync } from 'node:fs'
import net from 'node:net'
import tls from 'node:tls'
import type { Step } from './peer/script.ts'
import { next, peer } from './peer.ts'

/** A plain connection to a port of the peer. */
export async function dial(port: number): Promise<net.Socket> {
  const socket = net.connect({ host: '127.0.0.1', port })
  await next(socket, 'connect')
  return socket
}

/** TLS to the peer's server of that sort, its name checked as `localhost`. */
export async function secure(
  server: string,
  options: tls.ConnectionOptions = {},
): Promise<{ socket: tls.TLSSocket; below: net.Socket }> {
  const { tls: ports, ca } = await peer()
  const below = await dial(ports[server] ?? 0)
  const trusted = { ca: readFileSync(ca, 'utf8'), servername: 'localhost', host: 'localhost' }
  return { socket: tls.connect({ ...trusted, rejectUnauthorized: false, ...options, socket: below }), below }
}

/** Has the peer follow a script. */
export const send = (socket: tls.TLSSocket, steps: readonly Step[]): boolean =>
  socket.write(`${JSON.stringify(steps)}\n`)

/** TLS to the plain server, which follows the script in the first line that it is sent. */
export async function secureToPlain(steps: readonly Step[]): Promise<tls.TLSSocket> {
  const { tcp } = await peer()
  const below = await dial(tcp)
  await new Promise((resolve) => below.write(`${JSON.stringify(steps)}\n`, resolve))
  return tls.connect({ socket: below, host: 'localhost', servername: 'localhost', rejectUnauthorized: false })
}
