import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import process from 'node:process'
import { test } from 'node:test'
import { isatty } from 'node:tty'
import { connect, next } from './peer.ts'

for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`${name} comes to its listener, with its name, each time`, async () => {
    const seen: unknown[] = []
    const listener = (signal: string): void => void seen.push(signal)
    process.on(name, listener)
    for (let i = 1; i <= 2; i += 1) {
      const socket = await connect([['signal', process.pid, name], ['end']])
      const signal = next(process, name)
      socket.resume()
      await signal
      assert.equal(seen.length, i)
      socket.destroy()
    }
    process.off(name, listener)
    assert.deepEqual(seen, [name, name])
  })
}

test('argv has the program, its name and the arguments', () => {
  assert.ok(process.argv.length >= 2)
  assert.ok(process.argv.every((argument) => typeof argument === 'string'))
})

test('the environment can be read, and an absent variable is undefined', () => {
  assert.ok((process.env['PATH'] ?? '').length > 0)
  assert.equal(process.env['NO_SUCH_VARIABLE_HERE'], undefined)
  assert.equal('NO_SUCH_VARIABLE_HERE' in process.env, false)
  process.env['MADE_HERE'] = 'yes'
  assert.equal(process.env['MADE_HERE'], 'yes')
  delete process.env['MADE_HERE']
})

test('what is known of the process and the machine', () => {
  assert.ok(process.pid > 0)
  assert.equal(process.platform, 'linux')
  assert.ok(process.memoryUsage().rss > 100_000)
  assert.ok(hostname().length > 0)
  assert.equal(isatty(0), false)
  assert.equal(process.stdout.isTTY ?? false, false)
  assert.deepEqual([process.stderr.columns, process.stderr.rows], [undefined, undefined])
  assert.ok(performance.now() > 0)
})

test('nextTick hands on its arguments', async () => {
  assert.equal(await new Promise((resolve) => process.nextTick(resolve, 'given')), 'given')
})
