import net from 'node:net'
import process from 'node:process'
import type { Peer, Step } from './peer/script.ts'
import { startPeer } from './peer/start.ts'

let known: Promise<Peer> | undefined

/** The other end: the one that RUNTIME_PEER tells of (in the binary nothing can be started), or one of our own. */
export function peer(): Promise<Peer> {
  const given = process.env['RUNTIME_PEER']
  known ??= given === undefined ? startPeer() : Promise.resolve(JSON.parse(given) as Peer)
  return known
}

/** Connects to the peer over TCP and has it follow a script. */
export async function connect(
  steps: readonly Step[],
  options: { readonly allowHalfOpen?: boolean } = {},
): Promise<net.Socket> {
  const { tcp } = await peer()
  const socket = net.connect({ host: '127.0.0.1', port: tcp, ...options })
  socket.write(`${JSON.stringify(steps)}\n`)
  return socket
}

/** The names of the events of an emitter, in their order, with what `describe` says of their first argument. */
export function record(
  emitter: { on(name: string, listener: (value: unknown) => void): unknown },
  names: readonly string[],
): string[] {
  const events: string[] = []
  for (const name of names) {
    emitter.on(name, (value) => {
      const detail = value instanceof Error ? ` ${(value as NodeJS.ErrnoException).code}` : ''
      events.push(`${name}${typeof value === 'boolean' ? ` ${value}` : detail}`)
    })
  }
  return events
}

/** Resolves with the first argument of the next event of this name. */
export function next<T = unknown>(
  emitter: { once(name: string, listener: (value: T) => void): unknown },
  name: string,
): Promise<T> {
  return new Promise((resolve) => emitter.once(name, resolve))
}

/** All that a stream gives, as text. */
export async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  stream.on('data', (data: Buffer) => {
    text += data.toString('latin1')
  })
  await new Promise((resolve, reject) => stream.once('end', resolve).once('error', reject))
  return text
}
