import assert from 'node:assert/strict'
import process from 'node:process'
import { test } from 'node:test'
import { fuzz } from './fuzz.ts'

/** Short enough for every run of the suite; `npm run fuzz -- --seconds 600` is for longer ones. */
const SECONDS = 8

test('hostile servers of every protocol: an exit code that is meant, in time, no bug, no secret', async (context) => {
  // The same in every run, so that a red suite is the doing of a change; by hand each run has another.
  const seed = process.env['FUZZ_SEED'] ?? 'suite'
  const { cases, problems } = await fuzz({ seed, seconds: SECONDS })
  context.diagnostic(`${cases} cases of seed ${seed}`)
  assert.deepEqual(problems, [])
})
