/** Puts a binary together: the host, and the program frozen in a segment of it or as chunks of bytecode behind it. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Chunk, writeChunks } from './bundle.ts'

/**
 * Compiles chunks, or those of them that are wanted, to a payload. The same chunks give the same bytes. The positions of
 * the code are kept (94 kB of gzip), so that the stack of a bug tells something.
 */
export function compile(
  packer: string,
  chunks: readonly Chunk[],
  wanted: (name: string) => boolean = () => true,
): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'readywhen-payload-'))
  try {
    // all of them are there, since the engine looks at what a chunk imports
    const files = writeChunks(chunks, join(directory, 'chunks'), wanted)
    const payload = join(directory, 'payload')
    const args = [payload, '--lines', ...files]
    const { status, stderr } = spawnSync(packer, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${packer}: ${stderr}`)
    return readFileSync(payload)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** An executable that reads its program as chunks: the host finds them behind itself. */
export function withChunks(executable: Uint8Array, payload: Uint8Array): Buffer {
  return Buffer.concat([executable, payload])
}

/** Writes an executable in the place of what is there. */
export function writeExecutable(path: string, content: Uint8Array): void {
  // a running program cannot be written over, but replaced
  rmSync(path, { force: true })
  writeFileSync(path, content, { mode: 0o755 })
}
