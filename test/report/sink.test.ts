import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { openSink } from '../../src/report/sink.ts'

const sinkModule = new URL('../../src/report/sink.ts', import.meta.url).href

/** A descriptor that gives these answers in turn, an error code or how much it takes, and then takes everything. */
function descriptor(answers: (string | number)[]): {
  taken(): string
  write: Parameters<typeof openSink>[1]
} {
  let taken = ''
  return {
    taken: () => taken,
    write(_fd, bytes, offset, length) {
      const answer = answers.shift() ?? length
      if (typeof answer === 'string') throw Object.assign(new Error(answer), { code: answer })
      const count = Math.min(answer, length)
      taken += Buffer.from(bytes).toString('utf8', offset, offset + count)
      return count
    },
  }
}

const cases: readonly [name: string, answers: (string | number)[], taken: string][] = [
  ['a descriptor that takes little at a time gets everything', [1, 2, 3], 'one\ntwo\n'],
  ['an interrupted write is repeated', ['EINTR', 'EINTR'], 'one\ntwo\n'],
  ['a full descriptor gets the rest with the next line', [2, 'EAGAIN'], 'one\ntwo\n'],
  ['a full disk costs the line, not those after it', ['ENOSPC'], 'two\n'],
  ['a reader that is gone is not written to again', ['EPIPE'], ''],
  ['a closed descriptor is not written to again', ['EBADF'], ''],
  ['a terminal that hung up is not written to again', ['EIO'], ''],
]

for (const [name, answers, taken] of cases) {
  test(name, () => {
    const fd = descriptor(answers)
    const sink = openSink(2, fd.write)
    sink.write('one\n')
    sink.write('two\n')
    sink.flush()
    assert.equal(fd.taken(), taken)
  })
}

test('what a full descriptor did not take is tried again by itself', async () => {
  const fd = descriptor(['EAGAIN', 'EAGAIN', 'EAGAIN'])
  const sink = openSink(2, fd.write)
  sink.write('one\n')
  // The sink does not keep a process alive; this does.
  for (let i = 0; i < 500 && fd.taken() === ''; i++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal(fd.taken(), 'one\n')
})

test('a descriptor that stays full is given up after a quarter of a second', () => {
  const sink = openSink(2, () => {
    throw Object.assign(new Error('full'), { code: 'EAGAIN' })
  })
  sink.write('one\n')
  const started = performance.now()
  sink.flush()
  const took = performance.now() - started
  assert.ok(took >= 200 && took < 2000, `${took} ms`)
  sink.write('two\n')
  sink.flush()
  assert.ok(performance.now() - started - took < 150)
})

test('what is held for a slow reader is bounded, and what is dropped is said', () => {
  let full = true
  let taken = ''
  const sink = openSink(2, (_fd, bytes, offset, length) => {
    if (full) throw Object.assign(new Error('full'), { code: 'EAGAIN' })
    taken += Buffer.from(bytes).toString('utf8', offset, offset + length)
    return length
  })
  const line = `${'x'.repeat(999)}\n`
  for (let i = 0; i < 1000; i++) sink.write(line)
  full = false
  sink.flush()
  assert.ok(taken.length < 300_000)
  assert.match(taken, /\n\(\d+ bytes of output dropped: its reader is too slow\)\n$/)
})

test('a real descriptor is written to: a file', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sink-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'log')
  const fd = openSync(path, 'w')
  openSink(fd).write('größe\n')
  closeSync(fd)
  assert.equal(readFileSync(path, 'utf8'), 'größe\n')
})

const program = `
  const { openSink } = await import('${sinkModule}')
  const sink = openSink(2)
  for (let i = 0; i < 2000; i++) sink.write('a line of a log that nobody reads any more\\n')
  sink.flush()
  process.exit(42)
`

test('a program whose stderr is closed goes on to its end', () => {
  const shell = `exec "$0" --input-type=module -e "$1" 2>&-`
  const end = (() => {
    try {
      execFileSync('sh', ['-c', shell, process.execPath, program], { stdio: 'ignore' })
    } catch (error) {
      return (error as { status: number }).status
    }
    return 0
  })()
  assert.equal(end, 42)
})

test('a program whose reader goes away goes on to its end', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  child.stderr.destroy()
  const code = await new Promise((resolve) => child.on('exit', resolve))
  assert.equal(code, 42)
})
