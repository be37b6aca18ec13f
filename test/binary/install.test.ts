import assert from 'node:assert/strict'
import { chmodSync, readdirSync, readFileSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startFault } from '../servers/faults.ts'
import { freePort } from '../servers/ports.ts'
import { makeTempDir } from '../servers/temp.ts'
import { until } from '../servers/until.ts'
import { binary, inShell, readywhen, skip, skipUnlessRoot, start } from './binary.ts'

const AT_ONCE = 8

describe('install, by the binary itself', { skip }, () => {
  let share: string
  before(() => {
    share = makeTempDir('share')
    chmodSync(share, 0o777)
  })
  after(() =>
    assert.deepEqual(
      readdirSync(share).filter((name) => name.startsWith('.')),
      [],
    ),
  )

  test('the copy is the same bytes, for all to run, whatever the umask', async () => {
    const path = join(share, 'copy')
    const { code, stderr } = await readywhen(['install', path], { under: inShell('', 'umask 077') })
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.ok(readFileSync(path).equals(readFileSync(binary)))
    assert.equal(statSync(path).mode & 0o7777, 0o755)
  })

  test('a copy installs itself, also when its own file is gone', async () => {
    const [first, second, third] = ['first', 'second', 'third'].map((name) => join(share, name))
    await readywhen(['install', `${first}`])
    const { code } = await readywhen(['install', `${second}`], { command: [`${first}`] })
    assert.equal(code, 0)
    unlinkSync(`${first}`)
    assert.equal((await readywhen(['install', `${third}`], { command: [`${second}`] })).code, 0)
    assert.equal((await readywhen(['--version'], { command: [`${third}`] })).code, 0)
  })

  test('as a user of no name', { skip: skipUnlessRoot }, async () => {
    const under = ['setpriv', '--reuid=65532', '--regid=65532', '--clear-groups', '--no-new-privs']
    const { code, stderr } = await readywhen(['install', join(share, 'nonroot')], { under })
    assert.equal(code, 0, stderr)
    const closed = join(makeTempDir('closed'), 'readywhen')
    const refused = await readywhen(['install', closed], { under })
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /^readywhen: cannot install .*: no permission to write to/)
  })

  test('whoever runs the copy while it is replaced many times always finds a whole program', async () => {
    const path = join(share, 'busy')
    await readywhen(['install', path])
    const installs = Array.from({ length: AT_ONCE }, () => readywhen(['install', path]))
    const runs = Array.from({ length: AT_ONCE }, () => readywhen(['--version'], { command: [path] }))
    const codes = (await Promise.all([...installs, ...runs])).map(({ code }) => code)
    assert.deepEqual(
      codes,
      codes.map(() => 0),
    )
  })

  test('a copy that runs goes on when it is replaced: it still has what it has not read yet', async () => {
    const path = join(share, 'running')
    await readywhen(['install', path])
    const port = await freePort()
    const args = ['--timeout=30s', `--tcp=127.0.0.1:${port}`, '--', 'sh', '-c', 'exit 9']
    const waiting = start(args, { command: [path] })
    await until(() => /connection refused/.test(waiting.stderr()), 'it to wait')
    const inode = statSync(path).ino
    assert.equal((await readywhen(['install', path])).code, 0)
    assert.notEqual(statSync(path).ino, inode)
    const server = await startFault('silent', { port })
    const { code, stderr } = await waiting.ended
    await server.stop()
    assert.equal(code, 9, stderr)
  })

  test('a directory that fills up keeps what was there before', { skip: skipUnlessRoot }, async () => {
    const full = makeTempDir('full')
    const under = ['unshare', '--mount', '--propagation', 'private', 'sh', '-ec']
    const script = `mount -t tmpfs -o size=1m none ${full}; echo old >${full}/readywhen
      "$@" && exit 99; cat ${full}/readywhen; ls -A ${full} | wc -l`
    const { code, stdout, stderr } = await readywhen(['install', full], { under: [...under, script, 'sh'] })
    assert.deepEqual({ code, stdout }, { code: 0, stdout: 'old\n1\n' })
    assert.match(stderr, /no space left on/)
  })
})
