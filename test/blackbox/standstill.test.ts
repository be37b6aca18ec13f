/** A process that did not run for a while, as under a CPU limit or on a suspended machine, does not blame the server. */
import assert from 'node:assert/strict'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { until } from '../servers/until.ts'
import { start } from './readywhen.ts'

let server: Server
const peers: Socket[] = []
before(async () => {
  server = createServer((socket) => {
    socket.on('error', () => {})
    peers.push(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
after(() => server.close())

for (const [kind, target, greeting] of [
  ['tcp', '--tcp=127.0.0.1:PORT#expect=hello', 'hello\r\n'],
  ['http', '--http=http://127.0.0.1:PORT/', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
] as const) {
  test(`an answer that came while it was stopped is read before the time is called over: ${kind}`, async () => {
    peers.length = 0
    const run = start([
      '--once',
      '--attempt-timeout=700ms',
      target.replace('PORT', `${(server.address() as AddressInfo).port}`),
    ])
    await until(() => peers.length > 0, 'a connection')
    run.kill('SIGSTOP')
    peers[0]?.write(greeting)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    run.kill('SIGCONT')
    const { code, stderr } = await run.ended
    assert.equal(code, 0, stderr)
  })
}
