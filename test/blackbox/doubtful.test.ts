import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { type FaultServer, startFault } from '../servers/faults.ts'
import { type DoubtfulTarget, doubtfulTargets, soundTargets } from './doubtful-targets.ts'
import { type RunOptions, readywhen, temporaryFile } from './readywhen.ts'
import { leaks, type PlantedSecret } from './secret-leaks.ts'

const ABREAST = 4
const SECRET: PlantedSecret = { title: 'the secret', halves: ['hunter2', 'hunter2'], secret: 'hunter2' }

let server: FaultServer
before(async () => {
  server = await startFault('silent')
})
after(() => server.stop())

interface Given {
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** The ways in which a target comes into the program; a list in a variable is split. */
const carriers: Readonly<Record<string, (kind: string, text: string) => Given>> = {
  flag: (kind, text) => ({ args: [`--${kind}=${text}`] }),
  variable: (kind, text) => ({ args: [], env: { [`READYWHEN_${kind.toUpperCase()}`]: text } }),
  'configuration file': (kind, text) => ({
    args: [`--config=${temporaryFile(JSON.stringify({ [kind]: [text] }))}`],
  }),
  'file named by @': (kind, text) => ({ args: [`--${kind}=@${temporaryFile(text)}`] }),
}

const outputs: readonly (readonly string[])[] = [
  ['--verbose'],
  ['--log=json', '--verbose'],
  ['--dry-run'],
  ['--once'],
  ['--dry-run', '--log=json'],
]

/** Runs what is no target; gives all that is to be seen of it. */
async function refused(given: Given, output: readonly string[], beside = 'tcp'): Promise<string> {
  const message = temporaryFile('')
  const options: RunOptions = { env: { ...given.env, READYWHEN_TERMINATION_LOG: message }, limitMs: 20_000 }
  // Beside one that is fine: nothing is done for it either.
  const run = await readywhen(
    [
      ...output,
      beside === 'tcp' ? `--tcp=${place()}` : `--http=http://${place()}`,
      '--timeout=2s',
      ...given.args,
    ],
    options,
  )
  const seen = run.stdout + run.stderr + readFileSync(message, 'utf8')
  assert.equal(run.code, 2, seen)
  assert.match(run.stderr, /^readywhen: [^\n]+\n$/)
  return seen
}

const place = (): string => `127.0.0.1:${server.port}`
const written = (text: string): string => text.replaceAll('H', place()).replace(/\bS\b/g, SECRET.secret)

let turn = 0
function isRefused({ kind, text }: DoubtfulTarget, carrier: string): void {
  turn += 1
  const output = outputs[turn % outputs.length] ?? []
  test(`${carrier} ${kind}: ${JSON.stringify(text)}`, async () => {
    const carry = carriers[carrier] ?? carriers['flag']
    const given = carry?.(kind, written(text)) ?? { args: [] }
    // A flag of the kind would stand in place of its variable.
    const seen = await refused(given, output, kind === 'tcp' ? 'http' : 'tcp')
    assert.deepEqual(leaks(seen, [SECRET]), [], seen)
  })
}

for (const [title, targets] of Object.entries(doubtfulTargets)) {
  describe(`${title}: refused, not contacted, not shown`, { concurrency: ABREAST }, () => {
    for (const target of targets) {
      for (const carrier of Object.keys(carriers)) {
        if (target.split && carrier !== 'variable') continue
        if (target.unsplit && carrier === 'variable') continue
        isRefused(target, carrier)
      }
    }
  })
}

describe('variables of libpq, and files that they name', { concurrency: ABREAST }, () => {
  const rows: readonly Readonly<Record<string, string>>[] = [
    { PGHOST: '127.0.0.1;password=S' },
    { PGHOST: '127.0.0.1 password=S' },
    { PGHOST: 'postgres://app:S@H/app' },
    { PGHOSTADDR: '127.0.0.1;password=S' },
    { PGPORT: '5432;password=S' },
    { PGUSER: 'app;password=S' },
    { PGUSER: 'app password=S' },
    { PGDATABASE: 'app;password=S' },
    { PGDATABASE: 'postgres://app:S@H/app' },
    { PGDATABASE: 'app&password=S' },
    { PGAPPNAME: 'x;password=S' },
    { PGOPTIONS: '-c a=b;password=S' },
    { PGSSLROOTCERT: '/ca.pem;password=S' },
    { PGSSLCERT: '/cert.pem password=S' },
    { PGPASSFILE: '/pgpass;password=S' },
    { PGPASSWORD: 'S;host=127.0.0.1' },
    { PGSERVICE: 'x;password=S' },
    { PGCONNECT_TIMEOUT: '5;password=S' },
    { PGSSLMODE: 'require;password=S' },
  ]
  for (const [i, row] of rows.entries()) {
    test(JSON.stringify(row), async () => {
      const env = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, written(value)]))
      const seen = await refused({ args: ['--postgres=postgres://'], env }, outputs[i % outputs.length] ?? [])
      assert.deepEqual(leaks(seen, [SECRET]), [], seen)
    })
  }
  for (const line of ['host=127.0.0.1;password=S', 'user=app;password=S', 'dbname=a&password=S']) {
    test(`a service file: ${line}`, async () => {
      const file = temporaryFile(`[app]\n${written(line)}\n`)
      const seen = await refused({ args: ['--postgres=service=app'], env: { PGSERVICEFILE: file } }, [])
      assert.deepEqual(leaks(seen, [SECRET]), [], seen)
    })
  }
})

describe('a text in a place that is not its own is not shown', { concurrency: ABREAST }, () => {
  const rows: readonly Given[] = [
    { args: [], env: { READYWHEN_POSTGRES: 'S' } },
    { args: ['--http=S'] },
    { args: ['--postgres=@S'] },
    { args: ['--http=http://H/#request-header=Authorization:@S'] },
    { args: ['--config', 'postgres: postgres://app:S@H/app'] },
    { args: ['--timeout', 'postgres://app:S@H/app'] },
    { args: [], env: { READYWHEN_LOG: 'postgres://app:S@H/app' } },
    { args: ['--http=http://H/#timeout=2s,http://H/?token=S'] },
    { args: ['--http=http://H/#status=2xx%20S'] },
  ]
  for (const { args, env = {} } of rows) {
    test(JSON.stringify({ args, env }), async () => {
      const given = Object.entries(env).map(([name, value]) => [name, written(value)])
      const seen = await refused({ args: args.map(written), env: Object.fromEntries(given) }, [])
      assert.deepEqual(leaks(seen, [SECRET]), [], seen)
    })
  }
})

describe('what is no mistake is taken', { concurrency: ABREAST }, () => {
  for (const [kind, text] of soundTargets) {
    test(`${kind}: ${text}`, async () => {
      const run = await readywhen(['--dry-run', `--${kind}=${text}`])
      assert.equal(run.code, 0, run.stderr)
    })
  }

  test('what is secret in the path or the query of a URL is not shown', async () => {
    const texts = [
      'x;jsessionid=S',
      'x?a=1;token=S',
      'x?a=1,password=S',
      'p/http://u:S@b/',
      '?next=http://u:S@b/',
    ]
    const run = await readywhen(['--dry-run', ...texts.map((text) => `--http=http://a/${written(text)}`)])
    assert.equal(run.code, 0, run.stderr)
    assert.deepEqual(leaks(run.stdout, [SECRET]), [], run.stdout)
  })
})

test('nothing was contacted by any of these', () => {
  assert.equal(server.connections, 0)
})
