import net from 'node:net'
import process from 'node:process'
import { startChild } from './processes.ts'
import { until } from './until.ts'

/** Listens with the shortest queue there is, says so, and then does nothing any more. */
const PROGRAM = `
  const [kind, where] = process.argv.slice(1)
  const options = kind === 'path' ? { path: where, backlog: 1 } : { host: where, port: 0, backlog: 1 }
  const server = require('node:net').createServer().listen(options, () => {
    require('node:fs').writeSync(1, 'listening ' + (server.address().port ?? 0) + '\\n')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })`

export interface BlackHole {
  /** 0 for a Unix socket. */
  readonly port: number
  stop(): Promise<void>
}

/**
 * A socket whose queue of unaccepted connections is full, so that the kernel drops what asks for another: on an address,
 * as a firewall that drops packets would; on a Unix socket, `connect` fails with EAGAIN.
 */
export async function startBlackHole(where: { host: string } | { path: string }): Promise<BlackHole> {
  const [kind, place] = 'path' in where ? ['path', where.path] : ['host', where.host]
  const child = startChild(process.execPath, ['-e', PROGRAM, kind, place])
  await child.says(/listening \d+\n/)
  const port = Number(/listening (\d+)/.exec(child.output())?.[1])
  const queued: net.Socket[] = []
  let refused = false
  await until(async () => {
    const socket = net.connect('path' in where ? { path: where.path } : { host: where.host, port })
    queued.push(socket)
    refused = !(await acceptedSoon(socket))
    return refused
  }, 'the queue to be full')
  return {
    port,
    async stop() {
      for (const socket of queued) socket.destroy()
      await child.stop()
    },
  }
}

function acceptedSoon(socket: net.Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), 300)
    socket.on('error', () => resolve(false))
    socket.on('connect', () => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}
