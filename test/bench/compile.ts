import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Compiles a C file of this directory, static; gives what is wrong, if anything. */
export function compileC(source: string, to: string): string | undefined {
  const args = ['-O2', '-static', '-o', to, join(import.meta.dirname, source)]
  const { error, status, stderr } = spawnSync('cc', args, { encoding: 'utf8' })
  if (error !== undefined) return 'there is no C compiler here (cc)'
  return status === 0 ? undefined : `cc failed: ${stderr.trim().split('\n').at(-1)}`
}
