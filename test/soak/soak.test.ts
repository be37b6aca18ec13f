import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { command, readywhen } from '../blackbox/readywhen.ts'
import { startFault } from '../servers/faults.ts'
import { manyLogins, manySockets, under } from './load.ts'

const [file = ''] = command
const isBinary = command.length === 1 && readFileSync(file).subarray(-8).toString() === 'chunks-1'
/** Node takes gigabytes of address space and tens of descriptors before it runs anything. */
const binaryOnly = { skip: isBinary ? false : 'not the binary' }

test('1000 sockets: all are ready, some at a time', async (context) => {
  const { run, peakKib, open } = await manySockets()
  assert.equal(run.code, 0, run.stderr.slice(-500))
  assert.match(run.stderr, /^ready: 1000 of 1000 in /m)
  context.diagnostic(`${open} open at once, peak ${peakKib} KiB`)
})

test('60 Postgres logins over TLS at once', async (context) => {
  const { run, peakKib } = await manyLogins()
  assert.equal(run.code, 0, run.stderr.slice(-500))
  assert.match(run.stderr, /^ready: 60 of 60 in /m)
  context.diagnostic(`${run.ms.toFixed(0)} ms, peak ${peakKib} KiB`)
})

test('out of memory: one clear line and exit code 70, or enough of it', binaryOnly, async () => {
  const ends = new Set<number | null>()
  for (const kib of [7000, 10_000, 12_000, 40_000]) {
    const { run } = await manySockets(under('v', kib))
    ends.add(run.code)
    if (run.code === 0) continue
    assert.equal(run.code, 70, `${kib} KiB: ${run.code} ${run.signal} ${run.stderr.slice(-300)}`)
    assert.equal(run.stderr.trimEnd().split('\n').at(-1), 'readywhen: out of memory')
  }
  assert.deepEqual(ends, new Set([70, 0]))
})

test('out of descriptors: one clear line, or slower', binaryOnly, async () => {
  const server = await startFault('silent')
  const args = [
    '--timeout=2s',
    ...Array.from({ length: 20 }, (_, i) => `--tcp=127.0.0.1:${server.port}#name=t${i}`),
  ]
  const codes: (number | null)[] = []
  for (const count of [3, 5, 7, 8, 10, 16]) {
    const { code, stderr } = await readywhen(args, under('n', count))
    codes.push(code)
    if (code === 70) assert.match(stderr, /^readywhen: .*(Too many open files|descriptor).*\n$/)
    if (code === 124) assert.match(stderr, /too many open files/)
  }
  await server.stop()
  assert.equal(codes[0], 70)
  assert.equal(codes.at(-1), 0)
  assert.ok(
    codes.every((code) => code === 70 || code === 124 || code === 0),
    `${codes}`,
  )
})
