import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import type { Plugin } from 'esbuild'
import { compile, writeExecutable } from '../../src/runtime/pack/binary.ts'
import { bundleForRuntime, PROGRAM } from '../../src/runtime/pack/bundle.ts'
import { makeImage, UNPLANNED, withImage } from '../../src/runtime/pack/freeze.ts'
import { mapsOf, translate } from '../../src/runtime/pack/trace.ts'
import { host, skip as noTools, packer } from '../runtime/tools.ts'
import { makeTempDir } from '../servers/temp.ts'
import { binary, readywhen, skip, temporaryFile } from './binary.ts'

const BUG = 70
const ONE_LINE = /^readywhen: this is a bug in readywhen: [^\n]+; please report it at \S+\n/
const args = ['--timeout=5s', '--tcp=127.0.0.1:1']

/** What the program does where it should connect. */
const BUGS: Readonly<Record<string, { does: string; says: RegExp }>> = {
  'an exception in a probe': { does: `throw new TypeError('sabotaged')`, says: /sabotaged/ },
  'an exception in a timer': {
    does: `return new Promise(() => setTimeout(() => { throw new Error('sabotaged') }, 1))`,
    says: /sabotaged/,
  },
  'an exception in a tick': {
    does: `return new Promise(() => process.nextTick(() => { throw new Error('sabotaged') }))`,
    says: /sabotaged/,
  },
  'a rejection that nobody handles': {
    does: `Promise.reject(new Error('sabotaged')); return new Promise(() => {})`,
    says: /sabotaged/,
  },
  'something thrown that is no error': { does: `throw 'sabotaged'`, says: /sabotaged/ },
  'an error of several lines': { does: `throw new Error('sabo\\ntaged')`, says: /sabo.{1,2}taged/ },
  'a call of what is no function': { does: `return undefined.nothing()`, says: /undefined/ },
  'endless recursion': { does: `const f = () => f() + 1; return f()`, says: /stack|recursion/i },
}

function sabotage(does: string): Plugin {
  return {
    name: 'sabotage',
    setup(hooks) {
      hooks.onLoad({ filter: /checks\/transport\/dial\.ts$/ }, () => ({
        contents: `import process from 'node:process'\nvoid process\nexport async function dial() { ${does} }`,
        loader: 'ts',
      }))
    },
  }
}

describe('a bug ends the binary with 70 and one line that says so', { skip: skip || noTools }, () => {
  for (const [what, { does, says }] of Object.entries(BUGS)) {
    describe(what, () => {
      const path = join(makeTempDir('sabotaged'), 'readywhen')
      let maps: string
      before(async () => {
        const chunks = await bundleForRuntime(PROGRAM, [sabotage(does)])
        const machine = { align: 4096 }
        const image = makeImage(host, compile(packer, chunks), machine, UNPLANNED)
        writeExecutable(path, withImage(host, image, machine))
        maps = mapsOf(chunks)
      })

      test('one line', async () => {
        const env = { READYWHEN_TERMINATION_LOG: temporaryFile('') }
        const { code, stderr } = await readywhen(args, { command: [path], env })
        assert.equal(code, BUG, stderr)
        assert.match(readFileSync(env.READYWHEN_TERMINATION_LOG, 'utf8'), ONE_LINE)
        const told = stderr.slice(stderr.indexOf('readywhen: this is a bug'))
        assert.match(told, ONE_LINE)
        assert.match(told, says)
        assert.equal(told.split('\n').length, 2, stderr)
      })

      test('with --verbose the stack, which the maps of the build lead back to file and line', async () => {
        const { code, stderr } = await readywhen(['--verbose', ...args], { command: [path] })
        assert.equal(code, BUG)
        if (what === 'something thrown that is no error') return
        assert.match(stderr, /^ {4}at .*[\w-]+\.js:\d+:\d+/m)
        assert.match(
          translate(stderr, JSON.parse(maps)),
          /^ {4}at .*src\/checks\/transport\/dial\.ts:\d+:\d+/m,
        )
      })
    })
  }
})

// what becomes of a frozen one: frozen.test.ts, and test/fuzz/image.test.ts
const chunked = `${binary}-chunks`

describe('a damaged file of chunks', { skip: existsSync(chunked) ? false : skip || 'no chunks here' }, () => {
  const damaged = join(makeTempDir('damaged'), 'readywhen')

  async function runDamaged(bytes: Uint8Array): Promise<{ code: number | null; stderr: string }> {
    writeFileSync(damaged, bytes, { mode: 0o755 })
    return readywhen(['--dry-run', '--http=http://a', '--dns=b', '--quiet'], { command: [damaged] })
  }

  test('whichever byte of its program is another: it works or says so in one line', async (context) => {
    const whole = readFileSync(chunked)
    // how long the program behind the host is stands in front of the last eight bytes
    const length = Number(whole.readBigUInt64LE(whole.length - 16))
    const outcomes = new Map<string, number>()
    for (let index = 0; index < 60; index += 1) {
      const changed = Buffer.from(whole)
      const place = whole.length - 1 - Math.floor((index * index * length) / 3600)
      changed[place] = (changed[place] ?? 0) ^ 0x55
      const { code, stderr } = await runDamaged(changed)
      assert.ok(code === 0 || code === BUG, `byte ${place}: ${code} ${stderr}`)
      if (code === BUG) assert.match(stderr, /^readywhen: [^\n]*\n$/)
      outcomes.set(stderr, (outcomes.get(stderr) ?? 0) + 1)
    }
    for (const [line, count] of outcomes) context.diagnostic(`${count} times: ${line.trim() || 'works'}`)
    assert.ok(outcomes.size > 1, 'no damage was noticed')
  })

  test('cut short', async () => {
    const whole = readFileSync(chunked)
    for (const length of [whole.length - 1, whole.length - 100_000]) {
      const { code, stderr } = await runDamaged(whole.subarray(0, length))
      assert.equal(code, BUG)
      assert.match(stderr, /^readywhen: cannot read the program behind this executable: [^\n]+\n$/)
    }
  })
})
