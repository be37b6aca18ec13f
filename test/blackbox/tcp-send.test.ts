/** What `send=` sends arrives, whatever else is asked for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFault, startScripted } from '../servers/faults.ts'
import { until } from '../servers/until.ts'
import { readywhen, temporaryFile } from './readywhen.ts'

for (const options of ['', '&expect=hi', '&hold=50ms', '&expect=hi&hold=50ms']) {
  for (const text of ['hello', 'x'.repeat(100_000)]) {
    test(`${text.length} bytes${options} arrive, and then the end`, async () => {
      const server = await startFault('silent', { text: 'hi' })
      const run = await readywhen(['--once', '--tcp', `127.0.0.1:${server.port}#send=${text}${options}`])
      assert.deepEqual([run.code, run.stdout], [0, ''], run.stderr)
      await until(() => server.open === 0, 'the connection to end')
      assert.equal(server.received === text, true)
      await server.stop()
    })
  }
}

test('a server that goes on talking after our end does not keep the check from ending', async () => {
  const server = await startFault('drip')
  const run = await readywhen(['--once', '--tcp', `127.0.0.1:${server.port}#send=hello&timeout=20s`])
  assert.equal(run.code, 0, run.stderr)
  await server.stop()
})

test('what the server does not take is not said to have been sent', async () => {
  const server = await startScripted((socket) => socket.pause())
  const config = JSON.stringify({ tcp: [`127.0.0.1:${server.port}#send=${'x'.repeat(16 << 20)}`] })
  const args = ['--once', '--attempt-timeout', '1s', '--config', temporaryFile(config)]
  const run = await readywhen(args)
  assert.equal(run.code, 1, run.stderr)
  assert.match(run.stderr, /no answer in 1(\.\d)?s \(waiting for the peer to take what is sent\)/)
  await server.stop()
})
