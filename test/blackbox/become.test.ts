import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { closedPort, type FaultServer, startFault } from '../servers/faults.ts'
import { until } from '../servers/until.ts'
import { readywhen, start, startupMs, temporaryDirectory } from './readywhen.ts'

const directory = temporaryDirectory()
let server: FaultServer
let ready: readonly string[]

before(async () => {
  server = await startFault('silent')
  ready = ['--quiet', '--tcp', `127.0.0.1:${server.port}`]
})
after(() => server.stop())

test('the command has the same pid, and no process is left above it', async () => {
  const running = start([...ready, '--', 'sh', '-c', 'echo $$; cat /proc/$$/comm'])
  const run = await running.ended
  assert.equal(run.stdout, `${running.pid}\nsh\n`)
})

test('arguments reach the command as they are', async () => {
  const args = ['', ' ', '--tcp', '-x', '--', 'a b', '"', '$HOME', 'grüße', '\n', '*']
  const run = await readywhen([
    ...ready,
    '--',
    'sh',
    '-c',
    'for a in "$@"; do printf "%s|" "$a"; done',
    'name',
    ...args,
  ])
  assert.equal(run.stdout, `${args.join('|')}|`)
})

test('the name in argv[0] is the one that was written', async () => {
  const run = await readywhen([...ready, '--', 'sh', '-c', 'tr "\\0" "|" </proc/$$/cmdline'])
  assert.match(run.stdout, /^sh\|-c\|/)
})

test('the environment reaches the command as it was, its own variables included', async () => {
  const env = { EMPTY: '', SPACES: ' a  b ', UTF8: 'grüße', READYWHEN_TIMEOUT: '9s', 'odd.name': 'x' }
  const run = await readywhen([...ready, '--', 'env', '-0'], { env })
  const seen = Object.fromEntries(
    run.stdout
      .split('\0')
      .filter(Boolean)
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  )
  for (const [name, value] of Object.entries(env)) assert.equal(seen[name], value, name)
  assert.deepEqual(Object.keys(seen).sort(), [...Object.keys(env), 'PATH'].sort())
})

test('the working directory stays', async () => {
  const run = await readywhen([...ready, '--', 'pwd'], { cwd: directory })
  assert.equal(run.stdout, `${directory}\n`)
})

test('exit codes of the command are its own', async () => {
  const codes = Array.from({ length: 256 }, (_, code) => code)
  const tried =
    startupMs < 30
      ? codes
      : codes.filter((code) => code % 15 === 0 || [1, 2, 3, 70, 124, 126, 127, 143].includes(code))
  for (const code of tried)
    assert.equal((await readywhen([...ready, '--', 'sh', '-c', `exit ${code}`])).code, code)
})

test('a signal reaches the command itself', async () => {
  const running = start([
    ...ready,
    '--',
    'sh',
    '-c',
    'trap "echo got it; exit 9" TERM; echo up; while :; do sleep 0.05; done',
  ])
  await until(() => running.stdout().includes('up'), 'the command to start')
  running.kill('SIGTERM')
  const run = await running.ended
  assert.equal(run.code, 9)
  assert.match(run.stdout, /got it/)
})

test('no socket of the wait is open in the command', async () => {
  const run = await readywhen([...ready, '--', 'sh', '-c', 'for f in /proc/$$/fd/*; do readlink $f; done'])
  const sockets = run.stdout.split('\n').filter((line) => line.startsWith('socket:'))
  assert.ok(sockets.length <= 2, run.stdout)
})

test('nothing is started when the wait fails', async () => {
  const trace = join(directory, 'started')
  const refused = `127.0.0.1:${await closedPort()}`
  for (const args of [['--once'], ['--timeout', '200ms']]) {
    const run = await readywhen([...args, '--tcp', refused, '--', 'touch', trace])
    assert.ok(run.code === 1 || run.code === 124)
  }
  const run = await readywhen(['--dry-run', '--tcp', refused, '--', 'touch', trace])
  assert.equal(run.code, 0)
  assert.equal(existsSync(trace), false)
})

test('127: not found', async () => {
  for (const name of ['no-such-command', '/no/such/command', '']) {
    const run = await readywhen([...ready, '--', name])
    assert.equal(run.code, 127, name)
    assert.match(run.stderr, /command not found/)
  }
})

test('126: found, but not to be run', async () => {
  const files = {
    'not-executable': { text: '#!/bin/sh\n', mode: 0o644, says: /permission denied|EACCES/ },
    'no-format': { text: 'echo hi\n', mode: 0o755, says: /neither a program nor a script|ENOEXEC/ },
    'no-interpreter': { text: '#!/no/such/interpreter\n', mode: 0o755, says: /interpreter/ },
  }
  for (const [name, { text, mode, says }] of Object.entries(files)) {
    const path = join(directory, name)
    writeFileSync(path, text)
    chmodSync(path, mode)
    const run = await readywhen([...ready, '--', path])
    assert.equal(run.code, 126, `${name}: ${run.stderr}`)
    assert.match(run.stderr, says)
  }
  mkdirSync(join(directory, 'folder'))
  const run = await readywhen([...ready, '--', join(directory, 'folder')])
  assert.equal(run.code, 126)
  assert.match(run.stderr, /it is a directory/)
})

test('ignored signals are not handed down', async () => {
  const run = await readywhen([...ready, '--', 'grep', 'SigIgn', '/proc/self/status'])
  assert.equal(
    run.stdout,
    /^SigIgn:.*\n/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[0].replace(/[1-9a-f]/g, '0'),
  )
})
