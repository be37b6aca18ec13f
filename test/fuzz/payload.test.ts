import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'node:test'
import { command, temporaryDirectory } from '../blackbox/readywhen.ts'
import { chance } from './random.ts'

const COPIES = 60
/** The footer: checksum and length of the index, length of all, magic. */
const FOOTER = 24

const [file = ''] = command
const isBinary = command.length === 1 && readFileSync(file).subarray(-8).toString() === 'chunks-1'

test('a damaged binary says so, or runs as ever where the damage is in what it does not read', {
  skip: isBinary ? false : 'not the binary',
}, (context) => {
  const seed = process.env['FUZZ_SEED'] ?? 'suite'
  const by = chance(`payload ${seed}`)
  const good = readFileSync(file)
  const total = Number(good.readBigUInt64LE(good.length - 16))
  const copy = join(temporaryDirectory(), 'readywhen')
  let refused = 0
  for (let i = 0; i < COPIES; i += 1) {
    const bad = Buffer.from(good)
    const from = by.happens(0.3) ? FOOTER : by.happens(0.5) ? 4096 : total + FOOTER
    for (let count = 1 + by.below(3); count > 0; count -= 1) {
      const at = bad.length - 1 - by.below(from)
      bad[at] = by.below(256)
    }
    const cut = by.happens(0.2) ? bad.subarray(0, bad.length - by.below(total)) : bad
    rmSync(copy, { force: true })
    writeFileSync(copy, cut, { mode: 0o755 })
    const run = spawnSync(copy, ['--version'], { encoding: 'utf8', timeout: 10_000, killSignal: 'SIGKILL' })
    const shown = `copy ${i} of seed ${seed}: ${run.status} ${run.signal} ${run.stdout}${run.stderr}`
    if (run.status === 0) assert.match(run.stdout, /^\d+\.\d+\.\d+\n$/, shown)
    else {
      refused += 1
      assert.equal(run.signal, null, shown)
      assert.match(run.stderr, /^readywhen: .+\n$/, shown)
    }
  }
  context.diagnostic(`${refused} of ${COPIES} were refused`)
  assert.ok(refused > COPIES / 5)
})
