import http from 'node:http'
import net from 'node:net'
import type { Step } from './peer/script.ts'
import { peer, readAll } from './peer.ts'

/** The status line of an answer. */
export const OK = 'HTTP/1.1 200 OK\r\n'

/** A request over a socket of our own; the peer does with it what the path says. */
export async function request(
  steps: readonly Step[],
  options: http.RequestOptions = {},
): Promise<http.ClientRequest> {
  const { http: port } = await peer()
  return http.request({
    host: 'service.example',
    port: 8080,
    path: `/${encodeURIComponent(JSON.stringify(steps))}`,
    createConnection: () => net.connect({ host: '127.0.0.1', port }),
    ...options,
  })
}

/** Sends a request without a body; gives the answer once its head is there. */
export const response = (sent: http.ClientRequest): Promise<http.IncomingMessage> =>
  new Promise((resolve, reject) => sent.once('response', resolve).once('error', reject).end())

/** What a raw answer makes of a request: the body, or the code of the error. */
export async function outcome(steps: readonly Step[], options: http.RequestOptions = {}): Promise<string> {
  const sent = await request(steps, options)
  const failure = new Promise<string>((resolve) => {
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(`error ${error.code}`))
  })
  const success = new Promise<string>((resolve, reject) => {
    sent.on('response', (answer) => readAll(answer).then(resolve, reject))
  }).catch((error: NodeJS.ErrnoException) => `cut off: ${error.message} ${error.code}`)
  const closed = new Promise((resolve) => sent.once('close', resolve))
  sent.end()
  const result = await Promise.race([failure, success])
  await closed
  return result
}
