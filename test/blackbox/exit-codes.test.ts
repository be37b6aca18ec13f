import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { after, before, test } from 'node:test'
import { closedPort, type FaultServer, startFault } from '../servers/faults.ts'
import { until } from '../servers/until.ts'
import { command, type Running, readywhen, start, temporaryFile } from './readywhen.ts'

let server: FaultServer
let open: string
let refused: string

before(async () => {
  server = await startFault('silent')
  open = `127.0.0.1:${server.port}`
  refused = `127.0.0.1:${await closedPort()}`
})
after(() => server.stop())

test('0: everything is ready', async () => {
  const run = await readywhen(['--tcp', open, '--tcp', open])
  assert.equal(run.code, 0)
  assert.equal(run.stdout, '')
  assert.match(run.stderr, /^ready: 2 of 2 in /m)
})

test('0: with --any one of two is enough', async () => {
  const run = await readywhen(['--any', '--tcp', refused, '--tcp', open])
  assert.equal(run.code, 0)
  assert.match(run.stderr, /connection refused/)
})

test('1: --once and not ready, after one attempt', async () => {
  const run = await readywhen(['--once', '--tcp', refused])
  assert.equal(run.code, 1)
  assert.match(run.stderr, /connection refused/)
  assert.doesNotMatch(run.stderr, /attempts/)
})

test('1: --once never becomes a timeout', async () => {
  const silent = `127.0.0.1:${server.port}#expect=hello&timeout=5s`
  assert.equal((await readywhen(['--once', '--timeout', '200ms', '--tcp', silent])).code, 1)
})

test('2: a usage error', async () => {
  assert.equal((await readywhen(['--tcp', 'no-port'])).code, 2)
})

test('3: a lasting answer, at once without grace and after it with', async () => {
  const ssh = await startFault('answer', { text: 'SSH-2.0-test\r\n' })
  const target = `http://127.0.0.1:${ssh.port}`
  const atOnce = await readywhen(['--grace', '0', '--http', target])
  assert.equal(atOnce.code, 3)
  assert.match(atOnce.stderr, /gave up/)
  const later = await readywhen(['--grace', '600ms', '--http', target])
  await ssh.stop()
  assert.equal(later.code, 3)
  assert.ok(later.ms >= 600, `gave up after ${later.ms} ms`)
})

test('124: timed out, with the reason', async () => {
  const run = await readywhen(['--timeout', '300ms', '--tcp', refused])
  assert.equal(run.code, 124)
  assert.match(run.stderr, /timed out after 3\d\dms/)
  assert.match(run.stderr, /connection refused/)
})

const signals = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129, SIGQUIT: 131 } as const
for (const [signal, code] of Object.entries(signals)) {
  test(`${code}: ended by ${signal}, within 100 ms`, () =>
    endsWithin100ms(code, [], async (running) => running.kill(signal as NodeJS.Signals)))
}

test('143: ended by SIGTERM as PID 1 of a namespace, within 100 ms', (context) => {
  if (process.getuid?.() !== 0) return context.skip('needs root for unshare')
  return endsWithin100ms(143, ['unshare', '-fp', '--kill-child=SIGKILL'], async (running) => {
    process.kill(await firstChild(running.pid), 'SIGTERM')
  })
})

/** Ends a wait; on a machine that is busy with other things one of five tries has to be in time. */
async function endsWithin100ms(
  code: number,
  under: readonly string[],
  end: (running: Running) => Promise<void>,
): Promise<void> {
  const times: number[] = []
  while (times.length < 5 && times.every((time) => time >= 100)) {
    const running = start(['--tcp', refused], { under })
    await until(() => running.stderr().includes('connection refused'), 'a first attempt')
    const sent = performance.now()
    await end(running)
    const run = await running.ended
    times.push(performance.now() - sent)
    assert.equal(run.code, code, run.stderr)
    assert.match(run.stderr, /interrupted/)
  }
  assert.ok(Math.min(...times) < 100, `took ${times} ms`)
}

test('70: a bug is one line that asks to report it, and the stack with --verbose', async (context) => {
  if (!command.some((part) => /\.m?[jt]s$/.test(part)))
    return context.skip('sabotage needs Node; test/binary has its own')
  const sabotage = join(import.meta.dirname, 'sabotage.ts')
  const env = { NODE_OPTIONS: `--import ${sabotage}` }
  const run = await readywhen(['--tcp', open], { env })
  assert.equal(run.code, 70)
  assert.match(run.stderr, /^readywhen: this is a bug in readywhen: sabotaged; please report it at \S+\n$/)
  const verbose = await readywhen(['--verbose', '--tcp', open], { env })
  assert.equal(verbose.code, 70)
  assert.match(verbose.stderr, /\n {4}at /)

  const log = temporaryFile('')
  const leaving = { env: { ...env, READYWHEN_TERMINATION_LOG: log } }
  await readywhen(['--once', '--tcp', open], leaving)
  assert.equal(readFileSync(log, 'utf8'), '', 'a probe leaves nothing')
  await readywhen(['--verbose', '--tcp', open], leaving)
  const line = 'readywhen: this is a bug in readywhen: sabotaged; please report it at '
  assert.match(readFileSync(log, 'utf8'), new RegExp(`^${line}\\S+\\n$`))
})

async function firstChild(pid: number): Promise<number> {
  const children = (): string => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  await until(() => children() !== '', 'a child')
  return Number(children().split(' ')[0])
}
