import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { after, before, describe, test } from 'node:test'
import { closedPort, type FaultServer, startFault } from '../servers/faults.ts'
import { until } from '../servers/until.ts'
import { readywhen, start, temporaryDirectory, temporaryFile } from './readywhen.ts'

const directory = temporaryDirectory()
const path = join(directory, 'termination-log')
const env = { READYWHEN_TERMINATION_LOG: path }
const POD = { ...env, KUBERNETES_SERVICE_HOST: '10.96.0.1' }
const APP = 'of the app\n'
const isRoot = process.getuid?.() === 0
let server: FaultServer
let open: string
let refused: string

before(async () => {
  server = await startFault('silent')
  open = `--tcp=127.0.0.1:${server.port}`
  refused = `--tcp=127.0.0.1:${await closedPort()}`
})
after(() => server.stop())

/** What is left after a run where `before` stood. */
async function left(
  args: readonly string[],
  options: { before?: string; env?: Record<string, string>; under?: string[]; code?: number } = {},
): Promise<string> {
  writeFileSync(path, options.before ?? '')
  const run = await readywhen(args, { env: { ...env, ...options.env }, under: options.under ?? [] })
  if (options.code !== undefined) assert.equal(run.code, options.code, run.stderr)
  return readFileSync(path, 'utf8')
}

describe('the termination message', () => {
  test('tells success and failure, in at most 4096 bytes', async () => {
    assert.match(await left([open]), /^ready /)
    const many = Array.from({ length: 200 }, (_, i) => `${refused}#name=the-name-of-a-service-${i}`)
    const message = await left(['--timeout=1s', open, ...many])
    assert.ok(Buffer.byteLength(message) <= 4096, `${Buffer.byteLength(message)} bytes`)
    assert.match(message, /^timed out after .*: 200 of 201 not ready: /)
    assert.match(message, /connection refused/)
  })

  test('is not made where there is none, and cannot stand in the way', async () => {
    const missing = join(directory, 'missing')
    const folder = join(directory, 'folder')
    mkdirSync(folder)
    for (const READYWHEN_TERMINATION_LOG of [missing, folder]) {
      assert.equal((await readywhen([open], { env: { READYWHEN_TERMINATION_LOG } })).code, 0)
      assert.equal((await readywhen(['--nonsense'], { env: { READYWHEN_TERMINATION_LOG } })).code, 2)
    }
    assert.equal(existsSync(missing), false)
  })

  test('is left to a command that takes over, unless that is never reached', async () => {
    assert.equal(await left([open, '--', 'true'], { before: APP }), APP)
    assert.match(await left(['--timeout=200ms', refused, '--', 'true']), /connection refused/)
  })

  const problems: [args: () => string[], code: number, message: RegExp][] = [
    [() => ['--nonsense'], 2, /^readywhen: unknown flag --nonsense; --help lists them\n$/],
    [() => [], 2, /^readywhen: nothing to wait for: .*\n$/],
    [() => ['--tcp=no-port'], 2, /^readywhen: --tcp.*\n$/],
    [() => ['--config=/nowhere.yaml'], 2, /^readywhen: cannot read \/nowhere\.yaml: .*\n$/],
    [() => ['--help', 'nonsense'], 2, /^readywhen: .*\n$/],
    [() => ['install'], 2, /^readywhen: install needs a path to copy to\n$/],
    [() => ['install', '/nowhere/at/all'], 1, /^readywhen: .*install.*\n$/],
    [
      () => [open, '--', 'no-such-command'],
      127,
      /^readywhen: command not found in PATH: "no-such-command"\n$/,
    ],
    [() => [open, '--', '/'], 126, /^readywhen: cannot run \/: it is a directory\n$/],
  ]
  for (const [args, code, message] of problems) {
    test(`tells what went wrong before or after the wait: ${args().join(' ').replace('undefined ', '')}`, async () => {
      const { stderr } = await readywhen(args(), { env })
      assert.match(await left(args(), { code }), message)
      assert.ok(stderr.endsWith(readFileSync(path, 'utf8')), 'the log says the same')
    })
  }

  test('never has a secret in it', async () => {
    const url = 'postgres://app:hunter2@db:no-port/app'
    assert.match(await left([`--postgres=${url}`], { code: 2 }), /^readywhen: (?!.*hunter2)/)
  })

  test('has nothing of what was asked for and given', async () => {
    for (const args of [['--version'], ['--help'], ['--help', 'tcp'], ['--dry-run', open]]) {
      assert.equal(await left(args, { code: 0, before: APP }), APP)
    }
  })
})

describe('a probe never touches the termination message', () => {
  const config = (): string => temporaryFile('once: true\nnonsense: 1\n')
  const probes: [what: string, args: () => string[], code: number, variables?: Record<string, string>][] = [
    ['ready', () => ['--once', open], 0],
    ['not ready', () => ['--once', refused], 1],
    ['not ready, by its variable', () => [refused], 1, { READYWHEN_ONCE: 'true' }],
    ['a mistake', () => ['--once', '--nonsense'], 2],
    ['a mistake in its plan', () => ['--once', '--tcp=no-port'], 2],
    ['a mistake, by its variable', () => ['--nonsense'], 2, { READYWHEN_ONCE: '1' }],
    ['a mistake in its file', () => ['--config', config()], 2],
    ['no such command', () => ['--once', open, '--', 'no-such-command'], 127],
  ]
  for (const [what, args, code, variables] of probes) {
    test(what, async () => {
      assert.equal(await left(args(), { code, before: APP, env: { ...POD, ...variables } }), APP)
    })
  }
})

test('what a failing probe prints is the same at every run', async () => {
  const args = ['--once', open, refused, '--file=/nowhere']
  const runs = await Promise.all([readywhen(args), readywhen(args), readywhen(args)])
  const [up, down] = [open, refused].map((flag) => flag.replace('--tcp=', 'tcp ')) as [string, string]
  const column = (label: string): string => label.padEnd(Math.max(up.length, down.length))
  for (const { stderr } of runs) {
    assert.deepEqual(stderr.trimEnd().split('\n'), [
      `not ready  ${column(down)}  asked once: connection refused`,
      `not ready  ${column('file /nowhere')}  asked once: no such file`,
      `ready      ${column(up)}  asked once`,
      `not ready: 2 of 3: ${down}, file /nowhere`,
    ])
  }
})

test('a probe of the pod itself gets no hint about that', async () => {
  const waited = await readywhen(['--timeout=200ms', refused], { env: POD })
  assert.match(waited.stderr, /hint: 127\.0\.0\.1 is this pod itself/)
  const probe = await readywhen(['--once', refused], { env: POD })
  assert.match(probe.stderr, /^not ready {2}tcp 127\.0\.0\.1:\d+ {2}asked once: connection refused\n$/)
})

/** Runs a command in a pid namespace, as its pid 1 or from outside as the kubelet does (`nsenter`). */
describe('in a container of a pod', { skip: isRoot ? false : 'only root may make one' }, () => {
  const NEW = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc']
  let container: ReturnType<typeof start>
  let outside: string[]

  before(async () => {
    const app = ['sh', '-c', 'echo up; sleep 600', 'sh']
    container = start([], { under: [...NEW, ...app], command: [], limitMs: 600_000 })
    await until(() => container.stdout() === 'up\n', 'the container')
    const children = `/proc/${container.pid}/task/${container.pid}/children`
    const first = readFileSync(children, 'utf8').trim()
    outside = ['nsenter', '--target', first, '--pid', '--mount', 'setsid', '--wait']
  })
  after(async () => {
    container.kill('SIGKILL')
    await container.ended
  })

  test('pid 1 tells its success', async () => {
    assert.match(await left([open], { under: NEW, env: POD }), /^ready /)
  })

  test('what pid 1 has started tells it too', async () => {
    const under = [...NEW, 'sh', '-c', '"$@"; exit $?', 'sh']
    assert.match(await left([open], { under, env: POD, code: 0 }), /^ready /)
  })

  test('a hook that succeeds says nothing', async () => {
    for (const under of [outside, [...outside, 'sh', '-c', '"$@"; exit $?', 'sh']]) {
      assert.equal(await left([open], { under, env: POD, code: 0, before: APP }), APP)
    }
  })

  test('a hook that fails leaves its words beside those of the app', async () => {
    const message = await left(['--timeout=200ms', refused], {
      under: outside,
      env: POD,
      code: 124,
      before: APP,
    })
    assert.ok(message.startsWith(`${APP}timed out after `), message)
    assert.match(
      await left(['--nonsense'], { under: outside, env: POD, code: 2 }),
      /^readywhen: unknown flag/,
    )
  })

  test('a hook that is ended by a signal has failed', async () => {
    writeFileSync(path, '')
    const hook = start([refused], { under: ['nsenter', ...outside.slice(1, 5)], env: POD })
    await until(() => hook.stderr().includes('waiting'), 'the wait')
    const children = readFileSync(`/proc/${hook.pid}/task/${hook.pid}/children`, 'utf8')
    process.kill(Number(children.trim().split(' ')[0]), 'SIGTERM')
    assert.equal((await hook.ended).code, 143)
    assert.match(readFileSync(path, 'utf8'), /^interrupted after /)
  })

  test('a hook that a command follows leaves nothing, and its failure does', async () => {
    assert.equal(await left([open, '--', 'true'], { under: outside, env: POD, code: 0, before: APP }), APP)
    const failed = await left([open, '--', 'no-such-command'], { under: outside, env: POD, code: 127 })
    assert.match(failed, /^readywhen: command not found/)
  })
})
