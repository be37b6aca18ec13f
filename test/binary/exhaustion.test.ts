import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type FaultServer, startFault } from '../servers/faults.ts'
import { binary, inShell, readywhen, skip } from './binary.ts'
import { readElf } from './elf.ts'

const PAGE_KIB = 4

let server: FaultServer
before(async () => {
  server = await startFault('silent')
})
after(() => server.stop())

const ready = (): string[] => ['--once', `--tcp=127.0.0.1:${server.port}`]

describe('out of descriptors', { skip }, () => {
  test('whatever their number, it is ready or says in plain words what there is too little of', async (context) => {
    for (let limit = 3; limit <= 12; limit += 1) {
      const { code, stderr } = await readywhen(ready(), { under: inShell('', `ulimit -n ${limit}`) })
      context.diagnostic(`${limit}: ${code} ${stderr.split('\n')[0]}`)
      if (code === 0) continue
      assert.ok(code === 1 || code === 70, `${limit}: ${code} ${stderr}`)
      assert.match(stderr, /too many open files|out of file descriptors/i)
      assert.doesNotMatch(stderr, /this is a bug/)
    }
    const { code } = await readywhen(ready(), { under: inShell('', 'ulimit -n 16') })
    assert.equal(code, 0)
  })

  test('more targets than descriptors: they take turns', async () => {
    const targets = Array.from({ length: 60 }, (_, index) => `--tcp=127.0.0.1:${server.port}#name=t${index}`)
    const { code, stderr } = await readywhen(['--timeout=20s', ...targets], {
      under: inShell('', 'ulimit -n 24'),
    })
    assert.equal(code, 0, stderr)
  })
})

describe('out of memory', { skip }, () => {
  test('whatever there is of it, it is ready or says so: never a crash without words', async (context) => {
    // with less the kernel cannot even map the file, and nobody is there to speak
    const least = Math.ceil(readElf(binary).memory / 1024 / PAGE_KIB) * PAGE_KIB + 300
    const outcomes = new Map<string, number[]>()
    for (let limit = least; limit < least + 700; limit += 20) {
      const { code, signal, stderr } = await readywhen(ready(), { under: inShell('', `ulimit -v ${limit}`) })
      const outcome = signal ?? (code === 0 ? 'ready' : `${code} ${stderr.trim()}`)
      outcomes.set(outcome, [...(outcomes.get(outcome) ?? []), limit])
    }
    for (const [outcome, limits] of outcomes) {
      context.diagnostic(`${limits[0]} to ${limits.at(-1)} KiB of address space: ${outcome}`)
    }
    assert.deepEqual([...outcomes.keys()].sort(), ['70 readywhen: out of memory', 'ready'])
  })
})
