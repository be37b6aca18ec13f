import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type FaultServer, startFault } from '../servers/faults.ts'
import { type NginxServer, startNginx } from '../servers/nginx.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { readywhen, temporaryDirectory, temporaryFile } from './readywhen.ts'

const directory = temporaryDirectory()

interface ShownPlan {
  readonly checks: readonly {
    readonly kind: string
    readonly target: string
    readonly name?: string
    readonly options: Readonly<Record<string, string>>
  }[]
  readonly settings: Readonly<Record<string, string>>
}

async function plan(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<ShownPlan> {
  const run = await readywhen(['--dry-run', '--log=json', ...args], { env })
  assert.equal(run.code, 0, run.stderr)
  return JSON.parse(run.stdout) as ShownPlan
}

const targets = ({ checks }: ShownPlan): string[] => checks.map(({ kind, target }) => `${kind} ${target}`)

describe('where settings and targets come from', () => {
  const config = temporaryFile(`
    timeout: 1m30s
    grace: 10s
    backoff: 1s..2s
    tcp: [db:1, {target: "db:2", hold: 250ms, name: second}]
    http: http://auth/healthz
  `)

  test('a flag beats a variable, which beats the file, which beats the default', async () => {
    const env = { READYWHEN_TIMEOUT: '40s', READYWHEN_GRACE: '20s', READYWHEN_CONFIG: config }
    const { settings } = await plan(['--timeout=5s'], env)
    assert.deepEqual(
      [settings['timeout'], settings['grace'], settings['backoff'], settings['attempt-timeout']],
      ['5s', '20s', '1s..2s', '3s'],
    )
  })

  test('targets of flags and of the file add up', async () => {
    const shown = await plan([`--config=${config}`, '--tcp=db:3', '--dns=db'])
    assert.deepEqual(targets(shown).sort(), [
      'dns db',
      'http http://auth/healthz',
      'tcp db:1',
      'tcp db:2',
      'tcp db:3',
    ])
    const second = shown.checks.find(({ target }) => target === 'db:2')
    assert.equal(second?.name, 'second')
    assert.equal(second?.options['hold'], '250ms')
  })

  test('a list in a variable is separated by white space or line breaks', async () => {
    const env = {
      READYWHEN_TCP: ' db:1  db:2#hold=1s\n\tdb:3\n',
      READYWHEN_POSTGRES: "host=db1 user=app\nhost=db2 user='my app' port=6432\npostgres://db3/app",
      READYWHEN_FILE: '',
    }
    assert.deepEqual(targets(await plan([], env)), [
      'tcp db:1',
      'tcp db:2',
      'tcp db:3',
      'postgres postgres://app@db1:5432/app',
      'postgres postgres://my%20app@db2:6432/my%20app',
      'postgres postgres://postgres@db3:5432/app',
    ])
  })

  test('a flag stands in place of the variable of its kind, and of no other', async () => {
    const env = { READYWHEN_TCP: 'db:1', READYWHEN_DNS: 'db' }
    assert.deepEqual(targets(await plan(['--tcp=db:2'], env)).sort(), ['dns db', 'tcp db:2'])
  })

  test('JSON is as good as YAML', async () => {
    const json = temporaryFile(
      JSON.stringify({ timeout: 5, tcp: ['db:1'], http: [{ target: 'http://a/', status: 204 }] }),
    )
    const shown = await plan([`--config=${json}`])
    assert.deepEqual(targets(shown).sort(), ['http http://a/', 'tcp db:1'])
    assert.equal(shown.settings['timeout'], '5')
  })

  test('what is in the file is what is waited for', async () => {
    const server = await startFault('silent')
    const path = temporaryFile(`timeout: 10s\ntcp:\n  - 127.0.0.1:${server.port}\nfile: [/]\n`)
    const run = await readywhen(['--config', path])
    await server.stop()
    assert.equal(run.code, 0, run.stderr)
    assert.equal(server.connections, 1)
    assert.match(run.stderr, /^ready: 2 of 2 in /m)
  })
})

describe('targets and secrets from files', () => {
  let http: NginxServer
  let redis: RedisServer
  let fault: FaultServer

  before(async () => {
    ;[http, redis, fault] = await Promise.all([
      startNginx(`
        location /key { if ($http_x_api_key != "from a file") { return 401; } return 200; }
        location /basic { if ($http_authorization != "Basic YXBwOnNlY3JldA==") { return 401; } return 200; }`),
      startRedis({ password: 'pass#word' }),
      startFault('silent'),
    ])
  })
  after(() => Promise.all([http, redis, fault].map((server) => server.stop())))

  test('the line break at the end of a target in a file is not a part of it', async () => {
    const run = await readywhen([
      '--once',
      `--tcp=@${temporaryFile(`127.0.0.1:${fault.port}\n`)}`,
      `--http=@${temporaryFile(`http://app:secret@127.0.0.1:${http.port}/basic\r\n`)}`,
      `--redis=@${temporaryFile(`redis://:pass%23word@127.0.0.1:${redis.port}`)}`,
      `--redis=@${temporaryFile(`redis://:pass%23word@127.0.0.1:${redis.port}/1#role=replica\n`)}#role=primary&name=outer`,
    ])
    assert.equal(run.code, 0, run.stderr)
    assert.match(run.stderr, /^ready +outer /m)
  })

  test('the line break at the end of a header in a file is not a part of it', async () => {
    const header = `request-header=X-Api-Key:@${temporaryFile('from a file\n')}`
    const run = await readywhen(['--once', `--http=http://127.0.0.1:${http.port}/key#${header}`])
    assert.equal(run.code, 0, run.stderr)
  })

  test('a file of several lines, or that is none, is an error before anything is contacted', async () => {
    const before = fault.connections
    for (const path of [temporaryFile('db:1\ndb:2\n'), directory]) {
      const run = await readywhen([`--tcp=127.0.0.1:${fault.port}`, `--tcp=@${path}`])
      assert.equal(run.code, 2)
      assert.match(run.stderr, /^readywhen: --tcp @\S+ [^\n]+\n$/)
    }
    assert.equal(fault.connections, before)
  })
})
