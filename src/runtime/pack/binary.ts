/** Puts a binary together: host, then the chunks as bytecode. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Chunk, writeChunks } from './bundle.ts'

/**
 * Compiles chunks to the payload of a binary. The same chunks give the same bytes. The positions of the code are kept
 * (94 kB of gzip), so that the stack of a bug tells something.
 */
export function compile(packer: string, chunks: readonly Chunk[]): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'readywhen-payload-'))
  try {
    const files = writeChunks(chunks, join(directory, 'chunks'))
    const payload = join(directory, 'payload')
    const args = [payload, '--lines', ...files]
    const { status, stderr } = spawnSync(packer, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${packer}: ${stderr}`)
    return readFileSync(payload)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Writes an executable: the host finds its payload behind itself. */
export function writeBinary(host: string, payload: Uint8Array, path: string): void {
  // a running program cannot be written over, but replaced
  rmSync(path, { force: true })
  writeFileSync(path, Buffer.concat([readFileSync(host), payload]), { mode: 0o755 })
}
