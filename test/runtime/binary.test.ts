/** The conformance tests of this directory, the same files, inside a binary: the results must be those on Node. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { basename, join } from 'node:path'
import process from 'node:process'
import { test } from 'node:test'
import type { Plugin } from 'esbuild'
import { compile, writeBinary } from '../../src/runtime/pack/binary.ts'
import { bundleForRuntime } from '../../src/runtime/pack/bundle.ts'
import { madeFor, nativeArch, targetOf } from '../../src/runtime/pack/host.ts'
import { makeTempDir } from '../servers/temp.ts'
import { startPeer } from './peer/start.ts'
import { PROGRAMS } from './programs.ts'

const HERE = import.meta.dirname
/** Where the host and the compiler of bytecode are; `npm run build` makes them. */
const tools = process.env['RUNTIME_TOOLS'] ?? madeFor(targetOf(nativeArch()))
const [host, packer] = [join(tools, 'host'), join(tools, 'pack')]
const skip = existsSync(host) && existsSync(packer) ? false : 'there is no host yet: npm run build'

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

async function makeBinary(entry: string, name: string): Promise<string> {
  const path = join(directory, name)
  const chunks = await bundleForRuntime(entry, [testModules])
  writeBinary(host, compile(packer, chunks), path)
  return path
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
    const binary = await makeBinary(file, name)
    const { stdout, stderr, code } = await run(binary, [], { RUNTIME_PEER: JSON.stringify(peer) })
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
    const results = lines.map((line) => JSON.parse(line) as { name: string; error?: string })
    for (const { name: title, error } of results) {
      await context.test(title, () => assert.equal(error, undefined))
    }
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.ok(results.length > 0)
  })
}

for (const [title, source] of Object.entries(PROGRAMS)) {
  test(`${title}: in the binary as on Node`, { skip }, async () => {
    const entry = await source.write(directory)
    const binary = await makeBinary(entry, basename(entry, '.ts'))
    const onNode = await run(process.execPath, [entry])
    const inBinary = await run(binary, [])
    const comparable = ({ code, signal, stdout }: Outcome) => ({ code, signal, stdout })
    assert.deepEqual(comparable(inBinary), comparable(onNode))
    assert.equal(inBinary.stderr === '', onNode.stderr === '')
  })
}
