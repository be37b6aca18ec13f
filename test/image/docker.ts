import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'

export const ROOT = join(import.meta.dirname, '../..')

/** What the image under test is called; it stays, for the tests of the examples and for a look by hand. */
export const IMAGE = 'readywhen:image-test'
export const BASE = 'gcr.io/distroless/static-debian12:nonroot'
/** An image that the build needs anyway, with a Debian and a Node to serve and to be become. */
export const NODE = 'node:24-bookworm-slim'

const env = { ...process.env, DOCKER_BUILDKIT: '1' }

/** Why the tests cannot run, as `node:test` takes it. */
export const skip: string | false = whyNot()

function whyNot(): string | false {
  const { status, error } = spawnSync('docker', ['version'], { env, stdio: 'ignore', timeout: 10_000 })
  if (error !== undefined) return 'there is no docker command'
  return status === 0 ? false : 'no Docker daemon answers (DOCKER_HOST)'
}

export interface Ran {
  readonly code: number
  readonly output: string
  /** From start to end, in milliseconds. */
  readonly ms: number
}

/** Runs `docker`; gives its exit code and all that it wrote. */
export function docker(...args: readonly string[]): Promise<Ran> {
  const started = performance.now()
  return new Promise((resolve) => {
    execFile('docker', args, { env, maxBuffer: 64 << 20, timeout: 1_800_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, output: stdout + stderr, ms: performance.now() - started })
    })
  })
}

/** Runs `docker` and gives what it wrote to stdout; throws when it fails. */
export function dockerOutput(...args: readonly string[]): string {
  return execFileSync('docker', args, { env, encoding: 'utf8', maxBuffer: 64 << 20 }).trim()
}

/**
 * Builds the Dockerfile from a directory, as described at its top. The network of the machine, since packages are
 * fetched; further arguments by READYWHEN_BUILD_ARGS. Gives the log; throws, with the log, when it fails.
 */
export async function buildImage(context: string, tag: string): Promise<string> {
  const more = (process.env['READYWHEN_BUILD_ARGS'] ?? '--network=host').split(' ')
  const { code, output } = await docker('build', '--progress=plain', ...more, '--tag', tag, context)
  if (code !== 0) throw new Error(`docker build failed:\n${output}`)
  return output
}
