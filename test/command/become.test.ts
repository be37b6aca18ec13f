import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { describe, test } from 'node:test'
import { makeTempDir } from '../servers/temp.ts'

const dir = makeTempDir('become')
const entry = join(import.meta.dirname, 'becoming.ts')
const env: Record<string, string> = { PATH: `${dir}:/usr/bin:/bin` }

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly out: string
  readonly pid: number | undefined
}

function begin(command: readonly string[], variables = env): ChildProcess {
  return spawn(process.execPath, [entry, ...command], { env: variables, stdio: ['pipe', 'pipe', 'inherit'] })
}

async function run(command: readonly string[], variables = env): Promise<Ended> {
  const child = begin(command, variables)
  let out = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stdin?.end('from stdin')
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { code, signal, out, pid: child.pid }
}

function file(name: string, content: string, mode = 0o755): string {
  const path = join(dir, name)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

// Each start of Node takes a while: they run side by side.
describe('the command that readywhen becomes', { concurrency: 4 }, () => {
  test('has its arguments as they were, also the name it was called by', async () => {
    const odd = ['', ' ', 'a b', '*', '$HOME', '"\'\\', 'größe ✓', '--help', '--', 'x\ny']
    const { out } = await run(['cat', '/proc/self/cmdline', '-', '--'])
    assert.equal(out.split('from stdin')[0], 'cat\0/proc/self/cmdline\0-\0--\0')
    const said = await run(['printf', '%s|', ...odd])
    assert.equal(said.out, odd.map((word) => `${word}|`).join(''))
  })

  test('has the environment as it was, and nothing more', async () => {
    const { out } = await run(['env'], { ...env, EMPTY: '', ODD: 'a=b c\nd ✓' })
    assert.deepEqual(out.trimEnd().split('\n').sort(), ['EMPTY=', 'ODD=a=b c', `PATH=${env['PATH']}`, 'd ✓'])
  })

  test('has the same pid, and no descriptor but those that were there', async () => {
    const { out, pid } = await run(['sh', '-c', 'echo $$; for f in /proc/$$/fd/*; do readlink $f; done'])
    const [first, ...descriptors] = out.split('\n')
    assert.equal(first, String(pid))
    assert.deepEqual(
      descriptors.filter((target) => /event|\.ts/.test(target)),
      [],
    )
  })

  test('has no signal blocked or ignored', async () => {
    const { out } = await run(['grep', '-E', 'SigBlk|SigIgn', '/proc/self/status'])
    assert.deepEqual(out.match(/[0-9a-f]{16}/g), ['0'.repeat(16), '0'.repeat(16)])
  })

  test('is ended by a signal that is sent to it', async () => {
    const child = begin(['sleep', '60'])
    const cmdline = `/proc/${child.pid}/cmdline`
    for (let turn = 0; turn < 2000 && !readFileSync(cmdline, 'utf8').startsWith('sleep'); turn++) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    child.kill('SIGTERM')
    assert.deepEqual(await once(child, 'close'), [null, 'SIGTERM'])
  })

  for (const code of [0, 1, 255]) {
    test(`gives its own exit code: ${code}`, async () => {
      assert.equal((await run(['sh', '-c', `exit ${code}`])).code, code)
    })
  }

  test('may be a script, whose interpreter may be one too', async () => {
    const script = file('script', '#!/bin/sh\necho "$0 $1"\n')
    const onScript = file('on-script', `#! ${script} \nx`)
    assert.equal((await run([script, 'a'])).out, `${script} a\n`)
    assert.equal((await run(['on-script'])).out, `${script} ${onScript}\n`)
  })

  test('gives 126 or 127 when it cannot be run', async () => {
    assert.equal((await run(['no-such-command'])).code, 127)
    const { code, out } = await run([file('text', 'echo hello\n')])
    assert.equal(code, 126)
    assert.match(out, /neither a program nor a script/)
  })
})
