import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { madeFor, nativeArch, targetOf } from '../../src/runtime/pack/host.ts'

const directory = process.env['RUNTIME_TOOLS'] ?? madeFor(targetOf(nativeArch()))
const hostPath = join(directory, 'host')

/** The compiler of chunks to bytecode; `npm run build` makes it, and the host. */
export const packer = join(directory, 'pack')

/** Why there is nothing to build programs for tests with, as `node:test` takes it; `false` when there is. */
export const skip: string | false =
  existsSync(hostPath) && existsSync(packer) ? false : 'there is no host yet: npm run build'

/** The host that programs are put into. */
export const host = skip === false ? readFileSync(hostPath) : Buffer.alloc(0)
