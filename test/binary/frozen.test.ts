/** Programs of our own, frozen: what freezing refuses, what is new in each process, and what becomes of damage. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { compile, writeExecutable } from '../../src/runtime/pack/binary.ts'
import { bundleForRuntime } from '../../src/runtime/pack/bundle.ts'
import { buildId } from '../../src/runtime/pack/elf.ts'
import { BASE, makeImage, NotFrozen, UNPLANNED, withImage } from '../../src/runtime/pack/freeze.ts'
import { host, packer, skip } from '../runtime/tools.ts'
import { makeTempDir } from '../servers/temp.ts'

const machine = { align: 4096 }
const directory = makeTempDir('frozen')

const IMPORTS = `import process from 'node:process'
import { writeSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { isatty } from 'node:tty'
import { hostname } from 'node:os'
import { randomBytes } from 'node:crypto'
void [process, writeSync, readFileSync, connect, isatty, hostname, randomBytes]
`

/** The image of a module whose export \`main\` is the program. */
async function freeze(source: string): Promise<Buffer> {
  const entry = join(directory, 'program.ts')
  writeFileSync(entry, `${IMPORTS}${source}`)
  const program = `import(${JSON.stringify(entry)}).then(({ main }) => onBegin(main))`
  return makeImage(host, compile(packer, await bundleForRuntime(program)), machine, UNPLANNED)
}

async function build(source: string): Promise<string> {
  const path = join(directory, `program-${Math.random().toString(36).slice(2)}`)
  writeExecutable(path, withImage(host, await freeze(source), machine))
  return path
}

function run(path: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  return spawnSync(path, args, { env, encoding: 'utf8', timeout: 20_000 })
}

/** What a top level may not do, with the name of the primitive that refuses. */
const LOOKS: Readonly<Record<string, string>> = {
  'process.argv': 'args',
  'process.env': 'env',
  'process.pid': 'pid',
  'process.execPath': 'execPath',
  'process.stdout': 'isTTY',
  'process.cwd()': 'cwd',
  'process.geteuid()': 'uid',
  'process.uptime()': 'now',
  'process.threadCpuUsage()': 'cpu',
  'process.memoryUsage()': 'maxRss',
  'process.exit(0)': 'exit',
  "process.on('SIGTERM', () => {})": 'onSignal',
  "process.execve('/bin/true', [], {})": 'execve',
  'Math.random()': 'random',
  'Date.now()': 'Date',
  'new Date()': 'Date',
  'performance.now()': 'now',
  'setTimeout(() => {}, 1)': 'now',
  'isatty(2)': 'isTTY',
  'hostname()': 'hostname',
  'randomBytes(4)': 'randomBytes',
  "readFileSync('/etc/hostname')": 'readFile',
  'writeSync(1, new Uint8Array(1))': 'writeSome',
  "connect({ host: '127.0.0.1', port: 1 })": 'connectTcp',
}

describe('a top level that looks at the world cannot be frozen', { skip }, () => {
  for (const [look, primitive] of Object.entries(LOOKS)) {
    test(look, async () => {
      await assert.rejects(
        freeze(`function looks() { return ${look} }\nlooks()\nexport function main() {}`),
        (error) => {
          assert.ok(error instanceof NotFrozen)
          const [line = '', ...stack] = error.message.split('\n')
          assert.match(line, new RegExp(`cannot be frozen: ${primitive}$`))
          assert.match(stack.join('\n'), /^ {4}at .*program-\w+\.js:\d+:\d+/m)
          return true
        },
      )
    })
  }

  test('an error at a top level, and one that comes later', async () => {
    await assert.rejects(freeze("throw new Error('no good')\nexport function main() {}"), /no good/)
    await assert.rejects(
      freeze("await Promise.reject(new Error('no good'))\nexport function main() {}"),
      /no good/,
    )
  })
})

describe('each process is one of its own', { skip }, () => {
  test('twenty of them', async () => {
    const path = await build(`
let touched = 0
export function main() {
  const depth = (n) => { try { return depth(n + 1) } catch { return n } }
  touched += 1
  const told = { pid: process.pid, argv: process.argv.slice(2), env: process.env, random: [Math.random(), Math.random()],
    uptime: process.uptime(), now: Date.now(), limit: Error.stackTraceLimit, depth: depth(0) > 1000, tty: process.stderr.isTTY,
    bytes: randomBytes(8).toString('hex'), touched }
  process.stdout.write(JSON.stringify(told))
}`)
    const told = Array.from({ length: 20 }, (_, index) => {
      const { stdout, stderr, status } = run(path, [`${index}`, '\u{1f600}'], { INDEX: `${index}` })
      assert.deepEqual([status, stderr], [0, ''])
      return JSON.parse(stdout)
    })
    const different = (name: string): number => new Set(told.map((one) => JSON.stringify(one[name]))).size
    for (const name of ['pid', 'argv', 'env', 'random', 'bytes']) assert.equal(different(name), 20, name)
    for (const [index, one] of told.entries()) {
      assert.deepEqual([one.argv, one.env], [[`${index}`, '\u{1f600}'], { INDEX: `${index}` }])
      assert.notEqual(one.random[0], one.random[1])
      assert.ok(one.uptime < 5 && Math.abs(one.now - Date.now()) < 60_000, `${one.uptime} ${one.now}`)
      assert.deepEqual([one.limit, one.depth, one.tty, one.touched], [10, true, false, 1])
    }
  })

  test('the stack is what the process has, not what the build had', async () => {
    const path = await build(`export function main() {
  const depth = (n) => { try { return depth(n + 1) } catch { return n } }
  process.stdout.write(String(depth(0)))
}`)
    const [small, large] = [256, 8192].map((kib) =>
      Number(spawnSync('sh', ['-c', `ulimit -s ${kib}; exec "$0"`, path], { encoding: 'utf8' }).stdout),
    )
    assert.ok(
      small !== undefined && large !== undefined && small > 100 && large > 2 * small,
      `${small} ${large}`,
    )
  })

  test('a collection leaves the frozen program where it is, and frees what is new', async () => {
    const path = await build(`
const kept = Array.from({ length: 20000 }, (_, index) => ({ index, self: null }))
for (const one of kept) one.self = one
const anonymous = () => Number(/RssAnon:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1])
export function main() {
  for (let i = 0; i < 300000; i++) { const cycle = { i }; cycle.self = cycle; if (i % 1000 === 0) kept[i / 1000].extra = { i, back: kept[i / 1000] } }
  const right = kept.slice(0, 300).every((one, n) => one.self === one && one.extra.i === n * 1000 && one.extra.back === one)
  process.stdout.write(JSON.stringify({ right, anonymous: anonymous() }))
}`)
    const { right, anonymous } = JSON.parse(run(path).stdout)
    assert.equal(right, true)
    // 300 000 cycles are 30 MB; looking at the 20 000 objects of the image would take 3 MB
    assert.ok(anonymous < 2500, `${anonymous} kB`)
  })
})

describe('an image that is not what it was', { skip }, () => {
  const HELLO = "export function main() { process.stdout.write('hello') }"

  test('that of another host cannot be built in, and does not run', async () => {
    const image = await freeze(HELLO)
    const other = Buffer.from(host)
    const id = other.indexOf(buildId(host))
    other[id] = (other[id] ?? 0) ^ 1
    assert.throws(() => withImage(other, image, machine), /belongs to another host/)
    const path = join(directory, 'exchanged')
    const executable = withImage(host, image, machine)
    executable[id] = (executable[id] ?? 0) ^ 1
    writeExecutable(path, executable)
    const { status, stderr } = run(path)
    assert.deepEqual(
      [status, stderr],
      [70, "readywhen: the program's file is damaged: its two halves do not belong together\n"],
    )
  })

  test('damage in its header, and a file cut short anywhere', async () => {
    const path = join(directory, 'damaged')
    const image = await freeze(HELLO)
    const whole = withImage(host, image, machine)
    const start = whole.length - image.length
    const says = (bytes: Buffer, what: string): void => {
      writeExecutable(path, bytes)
      const { status, signal, stderr } = run(path)
      assert.deepEqual(
        [status, signal, stderr],
        [70, null, "readywhen: the program's file is damaged\n"],
        what,
      )
    }
    for (let byte = 28; byte < 76; byte += 1) {
      const bytes = Buffer.from(whole)
      bytes[start + byte] = (bytes[start + byte] ?? 0) ^ 0x10
      says(bytes, `byte ${byte}`)
    }
    for (const cut of [1, 5000, image.length >> 1, image.length - 4097])
      says(whole.subarray(0, whole.length - cut), `cut ${cut}`)
  })

  test('a binary that was stripped', {
    skip: !existsSync('/usr/bin/strip') && 'there is no strip',
  }, async () => {
    const path = await build(HELLO)
    assert.equal(spawnSync('strip', [path]).status, 0)
    chmodSync(path, 0o755)
    const { status, stderr } = run(path)
    assert.deepEqual([status, stderr], [70, "readywhen: the program's file is damaged\n"])
  })

  test('damage where it was not looked for: if it leads to a fault, that is said to be the reason', async () => {
    const path = join(directory, 'astray')
    const image = await freeze(HELLO)
    const whole = withImage(host, image, machine)
    const start = whole.length - image.length
    // every pointer into the image leads elsewhere
    for (let at = start + 128; at + 8 <= whole.length; at += 8) {
      const value = whole.readBigUInt64LE(at)
      if (value > BigInt(BASE) && value < BigInt(BASE + whole.length))
        whole.writeBigUInt64LE(value + (1n << 40n), at)
    }
    writeExecutable(path, whole)
    const { status, signal, stderr } = run(path)
    assert.deepEqual([status, signal, stderr], [70, null, "readywhen: the program's file is damaged\n"])
  })
})
