import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { makeTempDir, removeTempDir } from '../servers/temp.ts'
import { dockerOutput } from './docker.ts'

export interface Layer {
  /** SHA-256 of its uncompressed tar (OCI image specification, "Layer DiffID"). */
  readonly id: string
  /** Bytes by gzip -9, about what a registry stores and a node fetches. */
  readonly compressed: number
  /** What tar lists: mode, owner, size, path. */
  readonly files: readonly string[]
}

/** The layers of an image, lowest first. */
export function layersOf(image: string): Layer[] {
  const ids = JSON.parse(dockerOutput('inspect', '--format={{json .RootFS.Layers}}', image)) as string[]
  const directory = makeTempDir('image')
  try {
    dockerOutput('save', '--output', join(directory, 'image.tar'), image)
    execFileSync('tar', ['-xf', 'image.tar'], { cwd: directory })
    const manifest = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as {
      Layers: string[]
    }[]
    return (manifest[0]?.Layers ?? []).map((path, index) => ({
      id: ids[index] ?? '',
      compressed: gzipSync(readFileSync(join(directory, path)), { level: 9 }).length,
      files: execFileSync('tar', ['--numeric-owner', '-tvf', path], { cwd: directory, encoding: 'utf8' })
        .trim()
        .split('\n'),
    }))
  } finally {
    removeTempDir(directory)
  }
}
