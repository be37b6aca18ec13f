import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onExit } from './exit.ts'

const made = new Set<string>()

/** Makes a directory of its own for one server or test (searchable by all users); it is gone when the process ends. */
export function makeTempDir(name: string): string {
  const dir = mkdtempSync(join(tmpdir(), `readywhen-${name}-`))
  chmodSync(dir, 0o755)
  if (made.size === 0) onExit(() => [...made].forEach(removeTempDir))
  made.add(dir)
  return dir
}

/** Removes what `makeTempDir` made, before the process ends. */
export function removeTempDir(dir: string): void {
  if (!made.delete(dir)) return
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
}
