import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { leave, type Speaker } from '../../src/report/last-words.ts'

const OWN = { probe: false, own: () => true, watched: false }
const HOOK = { ...OWN, own: () => false }
const APP = 'of the app\n'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'last-words-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

type Row = readonly [
  who: string,
  speaker: Omit<Speaker, 'path'>,
  succeeded: boolean,
  before: string,
  after: string,
]

const rows: readonly Row[] = [
  ["the container's own process, ready", OWN, true, '', 'said\n'],
  ["the container's own process, not ready", OWN, false, APP, 'said\n'],
  ['a probe, ready', { ...HOOK, probe: true }, true, APP, APP],
  ['a probe, not ready', { ...HOOK, probe: true }, false, '', ''],
  ["a probe that is the container's own process", { ...OWN, probe: true }, false, '', ''],
  ['a hook, ready', HOOK, true, '', ''],
  ['a hook, ready, after the app said something', HOOK, true, APP, APP],
  ['a hook, not ready', HOOK, false, '', 'said\n'],
  ['a hook, not ready, after the app said something', HOOK, false, APP, `${APP}said\n`],
  ['a hook, not ready, after words without a line break', HOOK, false, 'app', 'app\nsaid\n'],
  ['a hook, not ready for the second time', HOOK, false, 'said\n', 'said\n'],
  ['a hook, not ready, with no room left', HOOK, false, 'x'.repeat(4090), 'x'.repeat(4090)],
  ['somebody who types, not ready', { ...HOOK, watched: true }, false, '', ''],
  ["the container's own process on a terminal", { ...OWN, watched: true }, false, '', 'said\n'],
]

for (const [who, speaker, succeeded, before, after] of rows) {
  test(`${who}: ${before === after ? 'says nothing' : 'leaves its words'}`, (t) => {
    const path = join(folder(t), 'log')
    writeFileSync(path, before)
    leave({ path, ...speaker }, () => 'said', succeeded)
    assert.equal(readFileSync(path, 'utf8'), after)
  })
}

for (const [who, speaker] of Object.entries({ OWN, HOOK })) {
  test(`whatever is said, the file has at most 4096 bytes: ${who}`, (t) => {
    const path = join(folder(t), 'log')
    writeFileSync(path, APP)
    leave({ path, ...speaker }, () => 'ä'.repeat(5000), false)
    const text = readFileSync(path, 'utf8')
    assert.ok(Buffer.byteLength(text) <= 4096 && Buffer.byteLength(text) > 4090, `${Buffer.byteLength(text)}`)
    assert.match(text, /ä…\n$/)
    assert.doesNotMatch(text, /\ufffd/)
  })
}

test('a file that is missing is not made, and a link to one that is there is followed', (t) => {
  const path = join(folder(t), 'termination-log')
  leave({ path, ...OWN }, () => 'said', false)
  assert.ok(!existsSync(path))
  const file = join(folder(t), 'file')
  writeFileSync(file, '')
  symlinkSync(file, path)
  leave({ path, ...OWN }, () => 'said', false)
  assert.equal(readFileSync(file, 'utf8'), 'said\n')
})

test('a directory, a FIFO and a file that may not be written are silently left alone', (t) => {
  const place = folder(t)
  const fifo = join(place, 'fifo')
  execFileSync('mkfifo', [fifo])
  const locked = join(place, 'locked')
  writeFileSync(locked, 'as it was')
  chmodSync(locked, 0o444)
  for (const path of [place, fifo, locked, '/proc/version', '/dev/null/x']) {
    for (const speaker of [OWN, HOOK]) leave({ path, ...speaker }, () => 'said', false)
  }
  // Root may write anywhere but into /proc; anybody else may not write here.
  if (process.getuid?.() !== 0) assert.equal(readFileSync(locked, 'utf8'), 'as it was')
})
