import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import test, { type TestContext } from 'node:test'
import type { Reporter } from '../../src/report/reporter.ts'
import { terminalReporter } from '../../src/report/terminal.ts'
import type { CheckIdentity, WaitEvent } from '../../src/wait/event.ts'
import { Screen } from './screen.ts'
import { auth, db, fail, failing, kafka, port, ready, refused, status } from './statuses.ts'

const ESC = '\x1b'

interface Watched {
  readonly reporter: Reporter
  readonly screen: Screen
  /** Everything that was written, piece by piece. */
  readonly pieces: string[]
  /** Lets time go by, in frames of 100 ms. */
  pass(ms: number): void
  /** As after ^Z: time goes by in which nothing is drawn. */
  sleep(ms: number): void
  resize(columns: number): void
}

function watch(t: TestContext, columns: number, rows: number): Watched {
  let now = 1000
  let width = columns
  t.mock.timers.enable({ apis: ['setInterval'] })
  t.mock.method(performance, 'now', () => now)
  const screen = new Screen(columns, rows)
  const pieces: string[] = []
  const reporter = terminalReporter({
    colour: true,
    columns: () => width,
    rows: () => rows,
    write(piece) {
      pieces.push(piece)
      screen.write(piece)
    },
  })
  t.after(() => reporter.close())
  return {
    reporter,
    screen,
    pieces,
    pass(ms) {
      for (let i = 0; i < ms; i += 100) {
        now += 100
        t.mock.timers.tick(100)
      }
    },
    sleep(ms) {
      now += ms
    },
    resize(to) {
      width = to
      screen.resize(to)
    },
  }
}

const start = (...checks: CheckIdentity[]): WaitEvent => ({
  type: 'start',
  statuses: checks.map((check) => status(check)),
})

test('the table is drawn over itself and the last one stays, with the cursor below it', (t) => {
  const { reporter, screen, pass } = watch(t, 80, 24)
  screen.write('$ readywhen …\n')
  reporter.on(start(db, auth))
  pass(200)
  assert.deepEqual(screen.lines(), [
    '$ readywhen …',
    'waiting    postgres://app@db:5432/app  no answer yet',
    'waiting    http://auth:8080/healthz    no answer yet',
    '⠙ 0 of 2 ready, 200ms',
    '',
  ])
  reporter.on({ type: 'result', status: ready(auth, 210) })
  reporter.on({ type: 'attempt', status: failing(db), tookMs: 1, failure: refused })
  pass(100)
  assert.deepEqual(screen.lines(), [
    '$ readywhen …',
    'waiting    postgres://app@db:5432/app  connection refused',
    'ready      http://auth:8080/healthz    after 210ms',
    '⠹ 1 of 2 ready, 300ms',
    '',
  ])
  reporter.on({ type: 'result', status: ready(db, 320, 3) })
  reporter.on({
    type: 'end',
    outcome: 'ready',
    statuses: [ready(db, 320, 3), ready(auth, 210)],
    elapsedMs: 320,
  })
  pass(1000)
  assert.deepEqual(screen.lines(), [
    '$ readywhen …',
    'ready      postgres://app@db:5432/app  after 320ms, 3 attempts',
    'ready      http://auth:8080/healthz    after 210ms',
    'ready: 2 of 2 in 320ms',
    '',
  ])
})

test('it is drawn at most ten times a second, however many attempts there are', (t) => {
  const { reporter, pieces, pass } = watch(t, 80, 24)
  reporter.on(start(db))
  for (let i = 1; i <= 1000; i++) {
    reporter.on({ type: 'attempt', status: failing(db, refused, i), tookMs: 1, failure: refused })
  }
  pass(1000)
  assert.equal(pieces.length, 10)
})

test('a wait that is over at once leaves nothing but its record', (t) => {
  const { reporter, pieces, screen } = watch(t, 80, 24)
  reporter.on(start(port(1)))
  reporter.on({ type: 'result', status: ready(port(1), 3) })
  reporter.on({ type: 'end', outcome: 'ready', statuses: [ready(port(1), 3)], elapsedMs: 3 })
  assert.equal(pieces.length, 1)
  assert.deepEqual(screen.lines(), ['ready      tcp db:1  after 3ms', ''])
})

test('a terminal that becomes narrower or wider is drawn anew without remains', (t) => {
  const { reporter, screen, pass, resize } = watch(t, 80, 24)
  screen.write('$\n')
  reporter.on(start(db, auth, kafka))
  pass(100)
  resize(30)
  pass(100)
  assert.deepEqual(screen.lines(), [
    '$',
    'waiting    postgre…  no answ…',
    'waiting    http://…  no answ…',
    'waiting    dns kaf…  no answ…',
    '⠙ 0 of 3 ready, 200ms',
    '',
  ])
  resize(80)
  pass(100)
  assert.equal(screen.lines().length, 6)
  assert.equal(screen.lines()[1], 'waiting    postgres://app@db:5432/app  no answer yet')
})

test('a terminal that is too low for all checks never scrolls while the wait goes on', (t) => {
  const { reporter, screen, pass } = watch(t, 80, 8)
  const checks = Array.from({ length: 500 }, (_, i) => port(i))
  reporter.on(start(...checks))
  pass(500)
  assert.equal(screen.lines().length, 8)
  assert.match(screen.lines()[5] ?? '', /and 495 more: 495 waiting/)
})

test('after a stop (^Z) the table is drawn below what others wrote meanwhile', (t) => {
  const { reporter, screen, pass, sleep } = watch(t, 80, 24)
  reporter.on(start(port(1)))
  pass(100)
  screen.write('[1]+  Stopped\n$ fg\n')
  sleep(20_000)
  pass(200)
  assert.deepEqual(screen.lines(), [
    'waiting    tcp db:1  no answer yet',
    '⠋ 0 of 1 ready, 100ms',
    '[1]+  Stopped',
    '$ fg',
    'waiting    tcp db:1  no answer yet',
    '⠹ 0 of 1 ready, 20s',
    '',
  ])
})

test('a failure leaves the reasons in full, the common cause, and the last line', (t) => {
  const { reporter, screen, pass } = watch(t, 40, 24)
  reporter.on(start(port(1), port(2)))
  pass(100)
  const statuses = [failing(port(1), refused, 9, 5000), failing(port(2), refused, 8, 5000)]
  reporter.on({ type: 'end', outcome: 'timeout', statuses, elapsedMs: 5000 })
  const lines = screen.lines()
  assert.deepEqual(lines.slice(0, 4), [
    'not ready  tcp db:1 after 5s, 9',
    '           attempts: connection refused',
    'not ready  tcp db:2 after 5s, 8',
    '           attempts: connection refused',
  ])
  assert.match(lines.join(' ').replace(/\s+/g, ' '), /hint: every target refuses: in a service mesh/)
  assert.deepEqual(lines.slice(-3), ['timed out after 5s: 2 of 2 not ready:', 'tcp db:1, tcp db:2', ''])
})

test('no mode of the terminal is changed, so that nothing has to be restored', (t) => {
  const { reporter, pieces, pass } = watch(t, 80, 24)
  reporter.on(start(db))
  reporter.on({ type: 'change', status: failing(db, fail('X', 'evil \x1b[?25l\x1b]0;title\x07')) })
  pass(300)
  reporter.on({ type: 'end', outcome: 'interrupted', statuses: [failing(db)], elapsedMs: 300 })
  const sequences = pieces.join('').match(new RegExp(`${ESC}(\\[[0-9;?]*.|.)?`, 'g')) ?? []
  const known = new Set(['\x1b[K', '\x1b[J', '\x1b[0m', '\x1b[2m', '\x1b[31m', '\x1b[33m', '\x1b[2A'])
  assert.deepEqual(
    sequences.filter((sequence) => !known.has(sequence)),
    [],
  )
})

test('a closed reporter draws nothing more and may be closed twice', (t) => {
  const { reporter, pieces, pass } = watch(t, 80, 24)
  reporter.on(start(db))
  pass(100)
  reporter.close()
  reporter.close()
  pass(1000)
  assert.equal(pieces.length, 1)
})

test('a terminal that does not know its size is taken for one of 80 by 24', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let text = ''
  const reporter = terminalReporter({
    colour: false,
    columns: () => 0,
    rows: () => Number.NaN,
    write: (piece) => {
      text += piece
    },
  })
  reporter.on(start(...Array.from({ length: 100 }, (_, i) => ({ ...port(i), name: 'x'.repeat(200) }))))
  t.mock.timers.tick(100)
  const lines = text.replace(new RegExp(`${ESC}\\[\\d*[A-Z]|\\r`, 'g'), '').split('\n')
  assert.equal(lines.length, 24)
  for (const line of lines) assert.ok(line.length < 80)
})

const hasScript = spawnSync('script', ['--version']).status === 0
const program = `
  const { makeReporters } = await import('${new URL('../../src/report/reporters.ts', import.meta.url).href}')
  const { openSink } = await import('${new URL('../../src/report/sink.ts', import.meta.url).href}')
  const sink = openSink(2)
  const reporter = makeReporters({ log: 'text', quiet: false, verbose: false, once: false, tty: true, colour: false,
    columns: () => process.stderr.columns, rows: () => process.stderr.rows, write: sink.write,
    now: () => new Date(), leave() {} })
  const check = { kind: 'tcp', target: 'db:1', name: 'x'.repeat(100) }
  const status = { check, state: 'waiting', attempts: 0, elapsedMs: 0 }
  reporter.on({ type: 'start', statuses: [status] })
  setTimeout(() => {
    reporter.on({ type: 'end', outcome: 'ready', statuses: [{ ...status, state: 'ready' }], elapsedMs: 1 })
    reporter.close()
  }, 350)
`

test('on a real terminal it fits the size and the process ends by itself', {
  skip: !hasScript && 'no script(1)',
}, () => {
  const inside = `stty cols 50 rows 10; exec '${process.execPath}' --input-type=module -e "$PROGRAM"`
  const output = execFileSync('script', ['-qec', inside, '/dev/null'], {
    env: { ...process.env, PROGRAM: program, SHELL: '/bin/sh' },
    encoding: 'utf8',
    timeout: 20_000,
  })
  const screen = new Screen(50, 10)
  screen.write(output)
  assert.deepEqual(screen.lines(), [`ready      ${'x'.repeat(17)}…  after 0ms`, ''])
  assert.match(output, /waiting/)
})
