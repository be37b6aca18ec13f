import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { after, before, describe, test } from 'node:test'
import { type FaultServer, startScripted } from '../servers/faults.ts'
import { type Run, readywhen, start, temporaryDirectory } from './readywhen.ts'
import { leaks, plant } from './secret-leaks.ts'
import { startTelltale } from './telltale.ts'

const directory = temporaryDirectory()
let files = 0
/** A path where there is nothing yet. */
const latePath = (): string => {
  files += 1
  return join(directory, `late-${files}`)
}

/** Answers 200 to whoever has the token. */
let server: FaultServer
before(async () => {
  server = await startScripted((socket) => {
    socket.once('data', (data) => {
      const known = /token-1|body-1/.test(data.toString())
      socket.end(`HTTP/1.1 ${known ? '200 OK' : '401 No'}\r\nContent-Length: 0\r\n\r\n`)
    })
  })
})
after(() => server.stop())

const FAST = ['--timeout=20s', '--backoff=20ms', '--verbose']

interface Given {
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Starts, waits until it says what it waits for, writes the file, and gives the end. */
async function writtenLate(given: Given, path: string, ...contents: readonly string[]): Promise<Run> {
  const running = start([...FAST, ...given.args], given.env === undefined ? {} : { env: given.env })
  await said(() => running.stderr(), `@${path}: no such file`)
  for (const [i, content] of contents.entries()) {
    writeFileSync(path, content)
    if (content === '') await said(() => running.stderr(), `@${path}: empty file`)
    else if (i < contents.length - 1) await said(() => running.stderr(), '401 No')
  }
  return running.ended
}

async function said(log: () => string, what: string): Promise<void> {
  const deadline = Date.now() + 15_000
  while (!log().includes(what)) {
    assert.ok(Date.now() < deadline, `${what}\n${log()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function configuration(content: unknown): string {
  const path = latePath()
  writeFileSync(path, JSON.stringify(content))
  return path
}

describe('a file behind an @ that is not there yet is waited for', { concurrency: 4 }, () => {
  const url = (): string => `http://127.0.0.1:${server.port}/`
  const ways: Readonly<Record<string, (path: string) => Given>> = {
    'as a target': (path) => ({ args: [`--http=@${path}`, `--file=${path}`] }),
    'as a target in a variable': (path) => ({ args: [], env: { READYWHEN_HTTP: `@${path}` } }),
    'as a target in a list': (path) => ({ args: [], env: { READYWHEN_HTTP: `@${path} @${path}#name=b` } }),
    'as a target in a configuration file': (path) => ({
      args: ['--config', configuration({ http: [`@${path}`] })],
    }),
    'as a target with options in a configuration file': (path) => ({
      args: ['--config', configuration({ http: [{ target: `@${path}`, timeout: '2s' }] })],
    }),
  }
  for (const [title, give] of Object.entries(ways)) {
    test(title, async () => {
      const path = latePath()
      const run = await writtenLate(give(path), path, '', `${url()}#request-header=X-Key:token-1\n`)
      assert.equal(run.code, 0, run.stderr)
      assert.deepEqual(/token-1/.exec(run.stderr), null)
    })
  }

  const options: Readonly<Record<string, (path: string) => Given>> = {
    'as a header': (path) => ({ args: [`--http=${url()}#request-header=X-Key:@${path}`] }),
    'as a body': (path) => ({ args: [`--http=${url()}#request-body=@${path}`] }),
    'as a header in a variable': (path) => ({
      args: [],
      env: { READYWHEN_HTTP: `${url()}#request-header=X-Key:@${path}` },
    }),
    'as a header in a configuration file': (path) => ({
      args: ['--config', configuration({ http: { target: url(), 'request-header': `X-Key: @${path}` } })],
    }),
    'as a header of a target in a file': (path) => ({
      args: [`--http=@${configuration(0)}`].map((arg) => {
        writeFileSync(arg.slice('--http=@'.length), `${url()}#request-header=X-Key:@${path}`)
        return arg
      }),
    }),
  }
  for (const [title, give] of Object.entries(options)) {
    test(title, async () => {
      const path = latePath()
      const run = await writtenLate(give(path), path, 'token-1\n')
      assert.equal(run.code, 0, run.stderr)
      assert.match(run.stderr, /^ready +http:/m)
      assert.deepEqual(/token-1/.exec(run.stderr), null)
    })
    test(`${title}, and read again when it was renewed`, async () => {
      const path = latePath()
      const run = await writtenLate(give(path), path, 'old\n', 'token-1\n')
      assert.equal(run.code, 0, run.stderr)
    })
  }

  test('with its options', async () => {
    const path = latePath()
    const run = await writtenLate({ args: [`--tcp=@${path}`] }, path, '127.0.0.1:1#until=down&successes=2')
    assert.equal(run.code, 0, run.stderr)
    assert.match(run.stderr, /^ready .*2 of 2|^ready +tcp .* attempts/m)
  })

  test('and is an answer to nobody: until=down is not met by it, and --once not either', async () => {
    for (const options of ['#until=down', '']) {
      const run = await readywhen(['--once', `--tcp=@${latePath()}${options}`])
      assert.equal(run.code, 1, run.stderr)
      assert.match(run.stderr, /no such file/)
    }
  })

  test('with its code for machines', async () => {
    const run = await readywhen(['--once', '--log=json', `--tcp=@${latePath()}`])
    assert.match(run.stderr, /"code":"ENOENT"/)
  })

  test('and a dry run says so', async () => {
    const path = latePath()
    const run = await readywhen([
      '--dry-run',
      `--postgres=@${path}`,
      `--http=http://a/#request-header=X:@${path}`,
    ])
    assert.equal(run.code, 0, run.stderr)
    assert.equal(run.stdout.split(`not there yet: ${path}`).length, 3, run.stdout)
    const json = await readywhen(['--dry-run', '--log=json', `--postgres=@${path}`])
    assert.deepEqual(JSON.parse(json.stdout).checks[0].awaits, [path])
  })

  test('its secrets are known before a server can say them back', async () => {
    const secret = plant('late', '@/?#:% é')
    const telltale = await startTelltale('redis', secret.secret, 4)
    const path = latePath()
    const running = start([...FAST, '--timeout=3s', `--redis=@${path}`])
    await said(() => running.stderr(), 'no such file')
    writeFileSync(path, `redis://:${encodeURIComponent(secret.secret)}@127.0.0.1:${telltale.port}`)
    const run = await running.ended
    await telltale.stop()
    assert.deepEqual(leaks(run.stderr, [secret]), [], run.stderr)
    assert.match(run.stderr, /bad argument \*\*\*/)
  })
})

describe('a mistake is one still', { concurrency: 4 }, () => {
  for (const [kind, content] of [
    ['postgres', 'host=127.0.0.1;password=hunter2'],
    ['redis', 'redis://:hunter2'],
    ['http', 'hunter2'],
    ['tcp', '127.0.0.1:1#hunter2=1'],
    ['file', '/a\n/hunter2'],
  ] as const) {
    test(`in a file of ${kind} that comes late, and ends the wait`, async () => {
      const path = latePath()
      const run = await writtenLate({ args: [`--${kind}=@${path}`] }, path, content)
      assert.equal(run.code, 2, run.stderr)
      assert.match(run.stderr, new RegExp(`^readywhen: --${kind} @\\S+ [^\\n]+\\n$`, 'm'))
      assert.deepEqual(/hunter2/.exec(run.stderr), null)
    })
  }

  test('beside the @ of a file that is missing', async () => {
    for (const target of [
      '--tcp=@/no/such/file#timeuot=1s',
      '--tcp=@/no/such/file#timeout=never',
      '--http=http://a/#status=abc&request-header=X:@/no/such/file',
      '--http=http://a:99999/#request-body=@/no/such/file',
    ]) {
      const run = await readywhen([target])
      assert.equal(run.code, 2, run.stderr)
    }
  })

  test('in what can never be read, at once', async () => {
    const pipe = latePath()
    spawnSync('mkfifo', [pipe])
    const folder = latePath()
    mkdirSync(folder)
    const locked = latePath()
    writeFileSync(locked, 'a:1')
    chmodSync(locked, 0)
    const rows = [
      [pipe, 'not a regular file'],
      [folder, 'a directory'],
      ['/dev/zero', 'not a regular file'],
      ...(process.getuid?.() === 0 ? [] : [[locked, 'permission denied']]),
    ]
    for (const [path, words] of rows) {
      for (const arg of [`--tcp=@${path}`, `--http=http://a/#request-header=X:@${path}`]) {
        const run = await readywhen([arg], { limitMs: 10_000 })
        assert.equal(run.code, 2, run.stderr)
        assert.ok(run.stderr.includes(`cannot read ${path}: ${words}`), run.stderr)
      }
    }
  })
})
