import assert from 'node:assert/strict'
import test from 'node:test'
import { paint, type Terminal, terminalTraits } from '../../src/report/colour.ts'

const watched: Terminal = { isTty: true, columns: 80, rows: 24, pid: 7 }

type Row = readonly [env: Record<string, string>, isTty: boolean, live: boolean, colour: boolean]

const rows: readonly Row[] = [
  [{ TERM: 'xterm-256color' }, true, true, true],
  [{}, true, true, true],
  [{ TERM: 'dumb' }, true, false, false],
  [{ TERM: 'xterm' }, false, false, false],
  [{ NO_COLOR: '1' }, true, true, false],
  [{ NO_COLOR: '' }, true, true, true],
  [{ FORCE_COLOR: '1' }, false, false, true],
  [{ FORCE_COLOR: '3', TERM: 'dumb' }, true, false, true],
  [{ FORCE_COLOR: '0' }, true, true, false],
  [{ FORCE_COLOR: 'false' }, true, true, false],
  [{ FORCE_COLOR: '' }, true, true, true],
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, true, false],
]

for (const [env, isTty, live, colour] of rows) {
  const where = isTty ? 'on a terminal' : 'elsewhere'
  const what = `${live ? 'a live table' : 'plain lines'}, ${colour ? 'with' : 'without'} colours`
  test(`${JSON.stringify(env)} ${where}: ${what}`, () => {
    assert.deepEqual(terminalTraits(env, { ...watched, isTty }), { live, colour })
  })
}

const terminals: readonly [
  what: string,
  terminal: Partial<Terminal>,
  env: Record<string, string>,
  live: boolean,
][] = [
  ['of somebody who types (kubectl exec -it)', {}, { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, true],
  ['that does not know how high it is', { rows: 0 }, {}, true],
  ['that does not know how wide it is', { columns: 0 }, {}, true],
  ['of a pod with tty: true, to which nobody is attached', { columns: 0, rows: 0, pid: 1 }, {}, false],
  ['of the same, behind a shell', { columns: 0, rows: 0 }, {}, false],
  ['of a container in compose with tty: true', { pid: 1 }, {}, false],
]

for (const [what, terminal, env, live] of terminals) {
  test(`a terminal ${what}: ${live ? 'a live table' : 'plain lines without colours'}`, () => {
    assert.deepEqual(terminalTraits(env, { ...watched, ...terminal }), { live, colour: live })
    const forced = terminalTraits({ ...env, FORCE_COLOR: '1' }, { ...watched, ...terminal })
    assert.deepEqual(forced, { live, colour: true })
  })
}

test('nothing is painted where colours are off, or where there is nothing', () => {
  assert.equal(paint('ready', 'good', false), 'ready')
  assert.equal(paint('', 'good', true), '')
  assert.equal(paint('ready', 'good', true), '\x1b[32mready\x1b[0m')
})
