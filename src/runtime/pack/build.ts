/**
 * `npm run build [-- --arch arm64]`: makes dist/readywhen, the static binary. `--host` and `--packer` name what cargo
 * made elsewhere, in place of building it. dist/readywhen.maps.json goes with it: see trace.ts.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { compile, writeBinary } from './binary.ts'
import { bundleForRuntime, ROOT } from './bundle.ts'
import { type Arch, buildHost, buildPacker, MissingTool, nativeArch } from './host.ts'
import { mapsOf } from './trace.ts'

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function size(name: string, bytes: Uint8Array): string {
  const kb = (count: number): string => `${Math.round(count / 1000)} kB`
  return `${name.padEnd(30)} ${kb(bytes.length).padStart(8)} ${kb(gzipSync(bytes, { level: 9 }).length).padStart(8)} gzip`
}

async function build(arch: Arch, made: { host?: string; packer?: string }): Promise<void> {
  const host = made.host ?? buildHost(arch)
  const chunks = await bundleForRuntime()
  const payload = compile(made.packer ?? buildPacker(), chunks)
  const path = join(ROOT, 'dist', arch === nativeArch() ? 'readywhen' : `readywhen-${arch}`)
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  writeBinary(host, payload, path)
  writeFileSync(join(ROOT, 'dist/readywhen.maps.json'), mapsOf(chunks))
  for (const { name, source } of chunks.filter(({ source }) => source.length > 10_000)) {
    say(size(`  ${name} (source)`, Buffer.from(source)))
  }
  say(size('host', readFileSync(host)))
  say(size(`payload of ${chunks.length} chunks`, payload))
  say(size(path.replace(`${ROOT}/`, ''), readFileSync(path)))
}

const { values } = parseArgs({
  options: {
    arch: { type: 'string' },
    host: { type: 'string' },
    packer: { type: 'string' },
  },
})
const arch = values.arch ?? nativeArch()
try {
  if (arch !== 'x64' && arch !== 'arm64') throw new MissingTool('--arch must be x64 or arm64')
  await build(arch, values)
} catch (error) {
  if (!(error instanceof MissingTool)) throw error
  process.stderr.write(`cannot build: ${error.message}\n`)
  process.exitCode = 1
}
