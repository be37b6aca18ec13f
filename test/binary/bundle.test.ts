import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { bundleForRuntime } from '../../src/runtime/pack/bundle.ts'

const TIMES = 12

test('the chunks are the same each time, in whatever order the bundler reads its files', async () => {
  const hashes = new Set<string>()
  for (let time = 0; time < TIMES; time += 1) {
    const chunks = await bundleForRuntime()
    const hash = createHash('sha256')
    for (const { name, source } of chunks.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
      hash.update(name + source)
    hashes.add(hash.digest('hex'))
  }
  assert.equal(hashes.size, 1)
})
