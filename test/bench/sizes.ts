import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { PT_INTERP, readElf } from '../binary/elf.ts'
import type { Contestant } from './contestants.ts'
import type { Bench } from './measurements.ts'
import { type Cell, type Figure, formatBytes } from './table.ts'

const MANY = 'it is made of many programs of a distribution'

/** Bytes of a program: as it is, by gzip -9 and by zstd -19, as registries send it; and whether it needs libraries besides. */
export function sizes({ contestants }: Bench): Figure[] {
  const figure = (label: string, size: (file: string) => number): Figure => ({
    label,
    cells: contestants.map(({ files }): Cell => {
      if (files.length === 0) return { skipped: MANY }
      try {
        return formatBytes(files.reduce((sum, file) => sum + size(file), 0))
      } catch (error) {
        return { skipped: (error as Error).message }
      }
    }),
  })
  return [
    figure('raw', (file) => readFileSync(file).length),
    figure('gzip', (file) => gzipSync(readFileSync(file), { level: 9 }).length),
    figure('zstd', zstd),
    { label: 'linked', cells: contestants.map(linkage) },
  ]
}

/** How its first file was linked. A dynamic program's libraries are not in its size, and cost each start time. */
function linkage({ files: [file] }: Contestant): Cell {
  if (file === undefined) return { skipped: MANY }
  try {
    return readElf(file).segments.some(({ type }) => type === PT_INTERP) ? 'dynamic' : 'static'
  } catch {
    return { skipped: 'it is no program of 64 bits for this kernel, but a script or the like' }
  }
}

function zstd(file: string): number {
  const run = spawnSync('zstd', ['-19', '-q', '-c', file], { maxBuffer: 1 << 30 })
  if (run.status !== 0) throw new Error('there is no zstd here')
  return run.stdout.length
}

/** The compressed layers of an image together: what a node pulls. */
export function images({ contestants }: Bench): Figure[] {
  return [{ label: 'compressed', cells: contestants.map(imageSize) }]
}

function imageSize({ image }: Contestant): Cell {
  if (image === undefined) return { skipped: 'no image is named (RIVAL_NAME_IMAGE)' }
  if (/^\d+$/.test(image)) return formatBytes(Number(image))
  const found = spawnSync('docker', ['image', 'inspect', image], { stdio: 'ignore' })
  if (found.error !== undefined) return { skipped: 'there is no docker here' }
  if (found.status !== 0)
    return { skipped: `docker has no image ${image}, or does not run (IMAGE names one)` }
  const directory = mkdtempSync(join(tmpdir(), 'readywhen-image-'))
  try {
    const archive = join(directory, 'image.tar')
    execFileSync('docker', ['save', '-o', archive, image])
    execFileSync('tar', ['-xf', archive, '-C', directory])
    const [manifest] = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'))
    const layers = (manifest.Layers as string[]).map((layer) => readFileSync(join(directory, layer)))
    const isGzip = (layer: Buffer): boolean => layer[0] === 0x1f && layer[1] === 0x8b
    return formatBytes(
      layers.reduce((sum, layer) => sum + (isGzip(layer) ? layer : gzipSync(layer)).length, 0),
    )
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
