import { existsSync, mkdirSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { makeTempDir } from '../servers/temp.ts'

const ROOT = join(import.meta.dirname, '../..')

/** The static binary of this machine's architecture: what `npm run build` made, or what READYWHEN_BINARY names. */
export const binary: string = resolve(ROOT, process.env['READYWHEN_BINARY'] ?? 'dist/readywhen')

// the black box's own way to run it, with the binary as the command under test
process.env['READYWHEN_COMMAND'] = binary
export const { readywhen, start, startupMs, temporaryFile } = await import('../blackbox/readywhen.ts')

const isRoot = process.getuid?.() === 0

/** Why a test cannot run here, as `node:test` takes it; `false` when it can. */
export const skip: string | false = existsSync(binary) ? false : 'there is no dist/readywhen: npm run build'

/** The same for a test that changes its root, its mounts or its user. */
export const skipUnlessRoot: string | false = skip || (isRoot ? false : 'only root may do that')

/** A directory to be the root of a process, with the binary as /readywhen and nothing else. */
export async function makeRoot(): Promise<string> {
  const root = makeTempDir('root')
  await copyFile(binary, join(root, 'readywhen'))
  return root
}

/** Makes directories within a root, to mount on or to write into. */
export function addDirectories(root: string, ...names: readonly string[]): void {
  for (const name of names) mkdirSync(join(root, name), { recursive: true })
}

/**
 * In front of a command: runs lines of shell in mounts of its own first. They end with the process, so that nothing is
 * left mounted.
 */
export function afterMounting(lines: string): string[] {
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-ec', `${lines}\nexec "$@"`, 'sh']
}

/** In front of a command: a shell that does something to itself and becomes it. */
export function inShell(redirections: string, before = ':'): string[] {
  return ['sh', '-ec', `${before}\nexec "$@" ${redirections}`, 'sh']
}
