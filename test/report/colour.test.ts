import assert from 'node:assert/strict'
import test from 'node:test'
import { paint, terminalTraits } from '../../src/report/colour.ts'

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
    assert.deepEqual(terminalTraits(env, isTty), { live, colour })
  })
}

test('nothing is painted where colours are off, or where there is nothing', () => {
  assert.equal(paint('ready', 'good', false), 'ready')
  assert.equal(paint('', 'good', true), '')
  assert.equal(paint('ready', 'good', true), '\x1b[32mready\x1b[0m')
})
