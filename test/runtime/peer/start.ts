import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import type { Peer } from './script.ts'

/** Starts the peer; it ends with this process, which it does not keep alive. */
export async function startPeer(): Promise<Peer & { readonly stop: () => void }> {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, 'serve.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const { stdin, stdout } = child
  if (stdin === null || stdout === null) throw new Error('the peer has no pipes')
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: stdout })
      .once('line', resolve)
      .once('close', () => reject(new Error('no peer')))
  })
  child.unref()
  for (const pipe of [stdin, stdout]) (pipe as typeof pipe & { unref?: () => void }).unref?.()
  return { ...(JSON.parse(line) as Peer), stop: () => stdin.end() }
}
