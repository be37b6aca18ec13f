/** The conformance tests of this directory, the same files, inside a binary: the results must be those on Node. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import process from 'node:process'
import { test } from 'node:test'
import type { Plugin } from 'esbuild'
import { compile, withChunks, writeExecutable } from '../../src/runtime/pack/binary.ts'
import { bundleForRuntime, type Chunk } from '../../src/runtime/pack/bundle.ts'
import { makeImage, UNPLANNED, withImage } from '../../src/runtime/pack/freeze.ts'
import { NODE_MODULES } from '../../src/runtime/pack/modules.ts'
import { makeTempDir } from '../servers/temp.ts'
import { startPeer } from './peer/start.ts'
import { PROGRAMS } from './programs.ts'
import { host, packer, skip } from './tools.ts'

const HERE = import.meta.dirname

/** `node:test` and `node:assert` of the binary, and a peer that was started outside. */
const testModules: Plugin = {
  name: 'test modules',
  setup(hooks) {
    const shim = (file: string) => () => ({ path: join(HERE, 'shim', file) })
    hooks.onResolve({ filter: /^node:test$/ }, shim('test.ts'))
    hooks.onResolve({ filter: /^node:assert\/strict$/ }, shim('assert.ts'))
    hooks.onResolve({ filter: /peer\/start\.ts$/ }, shim('start.ts'))
  },
}

/** How a test program gets into a binary: all of it read at the start, or Node's modules frozen and itself read. */
const WAYS: Readonly<Record<string, (chunks: readonly Chunk[], entry: string) => Buffer>> = {
  'as chunks': (chunks) => withChunks(host, compile(packer, chunks)),
  frozen: (chunks, entry) => {
    const isEntry = (name: string): boolean => name.startsWith(`${basename(entry, '.ts')}-`)
    const machine = { align: 4096 }
    const modules = compile(packer, chunks, (name) => !isEntry(name))
    const image = makeImage(host, modules, machine, UNPLANNED)
    return withChunks(withImage(host, image, machine), compile(packer, chunks, isEntry))
  },
}

/** Makes a binary of a test file for each way; gives their paths by the way. */
async function makeBinaries(entry: string, name: string): Promise<[way: string, path: string][]> {
  const modules = [...NODE_MODULES.keys()].map((module) => `import('node:${module}')`)
  const program = [...modules, `onBegin(() => import(${JSON.stringify(entry)}))`].join('\n')
  const chunks = await bundleForRuntime(program, [testModules])
  return Object.entries(WAYS).map(([way, make]) => {
    const path = join(directory, `${name}-${way.replace(' ', '-')}`)
    writeExecutable(path, make(chunks, entry))
    return [way, path]
  })
}

interface Outcome {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

function run(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    const texts = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text) => {
        texts[name] += text
      })
    }
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, ...texts }))
  })
}

const directory = skip === false ? makeTempDir('runtime') : ''
const peer = skip === false ? await startPeer() : undefined

for (const file of globSync(join(HERE, '*.test.ts')).sort()) {
  const name = basename(file, '.test.ts')
  // not about the runtime, but about what goes into it
  if (['binary', 'surface', 'bundle'].includes(name)) continue
  test(`${name}: in the binary as on Node`, { skip }, async (context) => {
    for (const [way, binary] of await makeBinaries(file, name)) {
      const { stdout, stderr, code } = await run(binary, [], { RUNTIME_PEER: JSON.stringify(peer) })
      const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
      const results = lines.map((line) => JSON.parse(line) as { name: string; error?: string })
      for (const { name: title, error } of results) {
        await context.test(`${title}, ${way}`, () => assert.equal(error, undefined))
      }
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, way)
      assert.ok(results.length > 0)
    }
  })
}

for (const [title, source] of Object.entries(PROGRAMS)) {
  test(`${title}: in the binary as on Node`, { skip }, async () => {
    const entry = await source.write(directory)
    const onNode = await run(process.execPath, [entry])
    const comparable = ({ code, signal, stdout }: Outcome) => ({ code, signal, stdout })
    for (const [way, binary] of await makeBinaries(entry, basename(entry, '.ts'))) {
      const inBinary = await run(binary, [])
      assert.deepEqual(comparable(inBinary), comparable(onNode), way)
      assert.equal(inBinary.stderr === '', onNode.stderr === '', way)
    }
  })
}
