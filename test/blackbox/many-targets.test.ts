import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { closedPort, type FaultServer, startFault } from '../servers/faults.ts'
import { until } from '../servers/until.ts'
import { readywhen } from './readywhen.ts'

const COUNT = 500
let server: FaultServer
let missing: string

before(async () => {
  server = await startFault('silent')
  missing = `127.0.0.1:${await closedPort()}`
})
after(() => server.stop())

/** 500 targets on as many addresses of loopback, so that they are different ones. */
function targets(): string[] {
  return Array.from({ length: COUNT }, (_, i) => `--tcp=127.0.0.1:${server.port}#name=t${i}`)
}

test('500 ready targets at once', async () => {
  const before = server.connections
  const run = await readywhen(targets())
  assert.equal(run.code, 0, run.stderr.slice(-500))
  assert.match(run.stderr, /^ready: 500 of 500 in /m)
  await assertConnections(before, COUNT)
})

test('500 targets of which one is down: that one is named, and it alone is tried again', async () => {
  const before = server.connections
  const all = targets()
  all.splice(250, 0, `--tcp=${missing}`)
  const run = await readywhen(['--timeout=2s', ...all])
  assert.equal(run.code, 124)
  assert.match(run.stderr, new RegExp(`^timed out after 2s: 1 of 501 not ready: tcp ${missing}$`, 'm'))
  await assertConnections(before, COUNT)
})

test('500 targets with 64 file descriptors: right all the same', async () => {
  const limited = { under: ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'] }
  const ready = await readywhen(['--timeout=30s', ...targets()], limited)
  assert.equal(ready.code, 0, ready.stderr.slice(-500))
  const run = await readywhen(['--timeout=4s', ...targets(), `--tcp=${missing}`], limited)
  assert.equal(run.code, 124)
  assert.match(run.stderr, new RegExp(`1 of 501 not ready: tcp ${missing}$`, 'm'))
})

test('silent targets do not keep the others waiting: attempts in flight are bounded, and end', async () => {
  const silent = Array.from(
    { length: 200 },
    (_, i) => `--tcp=127.0.0.1:${server.port}#expect=hello&timeout=300ms&name=s${i}`,
  )
  const run = await readywhen(['--timeout=2s', ...silent, `--tcp=127.0.0.1:${server.port}#name=last`])
  assert.equal(run.code, 124)
  assert.match(run.stderr, /^ready +last /m)
})

/** The server may learn of the last connections after the program has ended. */
async function assertConnections(before: number, count: number): Promise<void> {
  await until(() => server.connections - before >= count, `${count} connections`)
  assert.equal(server.connections - before, count)
}
