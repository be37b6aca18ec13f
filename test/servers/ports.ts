import { randomInt } from 'node:crypto'
import net from 'node:net'
import { until } from './until.ts'

/** Below the range the kernel takes ports of outgoing connections from, so that none of those steals a port we chose. */
const LOWEST = 10_240
const HIGHEST = 32_000
const given = new Set<number>()

/**
 * A TCP port of 127.0.0.1 and [::1] that nobody listens on, and that this process was not given before.
 * @param below the first that is too high
 */
export async function freePort(below = HIGHEST): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = randomInt(LOWEST, below)
    if (!given.has(port) && (await canListen(port))) {
      given.add(port)
      return port
    }
  }
  throw new Error('no free port in 100 tries')
}

/** Waits until a port of 127.0.0.1 accepts connections. */
export async function untilListening(port: number): Promise<void> {
  await until(() => isListening(port), `port ${port} to listen`)
}

/** Whether a port of 127.0.0.1 accepts connections now. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      resolve(true)
      socket.destroy()
    })
  })
}

/** Tries the wildcard address, which clashes with a listener on any of them. */
function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(false))
    server.listen(port, () => server.close(() => resolve(true)))
  })
}
