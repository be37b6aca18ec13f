/**
 * `npm run build [-- --arch arm64]`: makes dist/readywhen, the static binary. `--host` and `--packer` name what cargo
 * made elsewhere, in place of building it; `--out` another file to write. dist/readywhen.maps.json goes with it: see
 * trace.ts.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { compile, withChunks, writeExecutable } from './binary.ts'
import { bundleForRuntime, ROOT } from './bundle.ts'
import { type Machine, makeImage, NotFrozen, withImage } from './freeze.ts'
import { type Arch, buildHost, buildPacker, emulatorFor, MissingTool, nativeArch } from './host.ts'
import { mapsOf } from './trace.ts'
import { learn } from './training.ts'

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function size(name: string, bytes: Uint8Array): string {
  const kb = (count: number): string => `${Math.round(count / 1000)} kB`
  return `${name.padEnd(30)} ${kb(bytes.length).padStart(8)} ${kb(gzipSync(bytes, { level: 9 }).length).padStart(8)} gzip`
}

/** Kernels for arm64 have pages of up to 64 KB. */
const LARGEST_PAGE: Readonly<Record<Arch, number>> = { x64: 4096, arm64: 65_536 }

/** How programs for an architecture are run on this machine, if they are. */
function machineFor(arch: Arch): Machine | undefined {
  const align = LARGEST_PAGE[arch]
  if (arch === nativeArch()) return { align }
  const emulator = emulatorFor(arch)
  return emulator === undefined ? undefined : { align, emulator }
}

async function build(arch: Arch, made: { host?: string; packer?: string; out?: string }): Promise<void> {
  const host = readFileSync(made.host ?? buildHost(arch))
  const chunks = await bundleForRuntime()
  const payload = compile(made.packer ?? buildPacker(), chunks)
  const path = made.out ?? join(ROOT, 'dist', arch === nativeArch() ? 'readywhen' : `readywhen-${arch}`)
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  writeFileSync(join(ROOT, 'dist/readywhen.maps.json'), mapsOf(chunks))
  say(size('host', host))
  say(size(`${chunks.length} chunks`, payload))
  const machine = machineFor(arch)
  if (machine === undefined) {
    say(
      `no qemu-user here to run a program for ${arch} on: it is not frozen, and reads its chunks at each start`,
    )
    writeExecutable(path, withChunks(host, payload))
  } else {
    const plan = await learn(host, payload, machine)
    const image = makeImage(host, payload, machine, plan)
    say(size(`frozen, ${plan.places.length} blocks placed`, image))
    writeExecutable(path, withImage(host, image, machine))
    // the same program unfrozen, for tests: both ways pass the same
    writeExecutable(`${path}-chunks`, withChunks(host, payload))
  }
  say(size(path.replace(`${ROOT}/`, ''), readFileSync(path)))
}

const { values } = parseArgs({
  options: {
    arch: { type: 'string' },
    host: { type: 'string' },
    packer: { type: 'string' },
    out: { type: 'string' },
  },
})
const arch = values.arch ?? nativeArch()
try {
  if (arch !== 'x64' && arch !== 'arm64') throw new MissingTool('--arch must be x64 or arm64')
  await build(arch, values)
} catch (error) {
  if (!(error instanceof MissingTool || error instanceof NotFrozen)) throw error
  process.stderr.write(`cannot build: ${error.message}\n`)
  process.exitCode = 1
}
