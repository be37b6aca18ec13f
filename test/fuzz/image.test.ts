import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'node:test'
import { command, temporaryDirectory } from '../blackbox/readywhen.ts'
import { chance } from './random.ts'

const COPIES = 60

const [file = ''] = command
const whole = command.length === 1 ? readFileSync(file) : Buffer.alloc(0)
/** Where the frozen program begins, if there is one. */
const start = whole.lastIndexOf('frozen-1')
const isFrozen = start > 0 && start % 4096 === 0

test('a frozen binary that is damaged anywhere does what it should, or ends in words', {
  skip: isFrozen ? false : 'not frozen',
}, (context) => {
  const seed = process.env['FUZZ_SEED'] ?? 'suite'
  const by = chance(`image ${seed}`)
  const length = whole.length - start
  const copy = join(temporaryDirectory(), 'readywhen')
  let [refused, misled] = [0, 0]
  for (let i = 0; i < COPIES; i += 1) {
    const bad = Buffer.from(whole)
    // half of it where each start writes, and so what each start uses
    const within = by.happens(0.5) ? 200_000 : length
    for (let count = 1 + by.below(200); count > 0; count -= 1) bad[start + by.below(within)] = by.below(256)
    rmSync(copy, { force: true })
    writeFileSync(copy, bad, { mode: 0o755 })
    const run = spawnSync(copy, ['--version'], { encoding: 'utf8', timeout: 10_000, killSignal: 'SIGKILL' })
    const shown = `copy ${i} of seed ${seed}: ${run.status} ${run.signal} ${run.stdout}${run.stderr}`
    // a loop that no longer ends is the one thing that nobody can tell from work
    if (run.signal === 'SIGKILL') misled += 1
    else if (run.status === 0) assert.match(run.stdout, /^[^\n]+\n$/, shown)
    else {
      refused += 1
      assert.equal(run.signal, null, shown)
      assert.match(run.stderr, /^.+\n/, shown)
    }
  }
  context.diagnostic(`${refused} of ${COPIES} ended in words, ${misled} not at all`)
  assert.ok(refused > COPIES / 5 && misled <= 3)
})
