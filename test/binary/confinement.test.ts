import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type FaultServer, startFault } from '../servers/faults.ts'
import { until } from '../servers/until.ts'
import { inShell, readywhen, skip, skipUnlessRoot } from './binary.ts'

let server: FaultServer
before(async () => {
  server = await startFault('silent')
})
after(() => server.stop())

const ready = (): string[] => ['--once', `--tcp=127.0.0.1:${server.port}`]

describe('under any user', { skip: skipUnlessRoot }, () => {
  for (const uid of [1, 65_532, 2_000_000_000, 4_294_967_294]) {
    test(`uid and gid ${uid}, in no group, without a single capability`, async () => {
      const { code, stderr } = await readywhen(ready(), {
        under: [
          ...['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--no-new-privs'],
          ...['--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all'],
        ],
      })
      assert.equal(code, 0, stderr)
    })
  }

  test('root without a single capability', async () => {
    const { code, stderr } = await readywhen(ready(), {
      under: ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'],
    })
    assert.equal(code, 0, stderr)
  })
})

describe('within limits', { skip }, () => {
  test('40 MB of address space are enough for every kind at once', async () => {
    const refused = [
      'tcp=127.0.0.1:1',
      'http=https://127.0.0.1:1',
      'redis=rediss://127.0.0.1:1',
      'file=/absent',
    ]
    refused.push('postgres=postgres://u:p@127.0.0.1:1/d', 'dns=a.example#server=127.0.0.1:1')
    const args = ['--any', '--timeout=10s', ...refused.map((target) => `--${target}`)]
    const target = `--tcp=127.0.0.1:${server.port}#hold=1s`
    const { code, stderr } = await readywhen([...args, target], { under: inShell('', 'ulimit -v 40000') })
    assert.equal(code, 0, stderr)
  })

  test('a stack of 256 KiB is enough', async () => {
    const { code, stderr } = await readywhen(ready(), { under: inShell('', 'ulimit -s 256') })
    assert.equal(code, 0, stderr)
  })

  test('no core is left, and no file is written', async () => {
    const { code, stderr } = await readywhen(ready(), { under: inShell('', 'ulimit -c 0; ulimit -f 0') })
    assert.equal(code, 0, stderr)
  })
})

describe('with standard streams closed', { skip }, () => {
  for (const closed of ['<&-', '>&-', '2>&-', '<&- >&-', '>&- 2>&-', '<&- >&- 2>&-']) {
    test(`${closed}: nothing but the target gets its connection`, async () => {
      const before = { connections: server.connections, received: server.received }
      const { code } = await readywhen(ready(), { under: inShell(closed) })
      assert.equal(code, 0)
      await until(() => server.open === 0, 'its connection to be closed')
      assert.equal(server.connections, before.connections + 1)
      assert.equal(server.received, before.received, 'the log went into the connection')
    })
  }

  test('nobody reads its log any more: it goes on, and ends with the code it has', async () => {
    const { code } = await readywhen(ready(), { under: ['sh', '-c', '"$@" 2>&1 | :; exit 0', 'sh'] })
    assert.equal(code, 0)
    const piped = await readywhen(ready(), {
      under: ['bash', '-c', '"$@" 2> >(exit 0); code=$?; exit $code', 'bash'],
    })
    assert.equal(piped.code, 0)
  })

  test('stderr that is full and that nobody reads does not hold it up', async () => {
    const many = Array.from(
      { length: 200 },
      (_, index) => `--tcp=127.0.0.1:1#name=${'x'.repeat(200)}${index}`,
    )
    const { code, ms } = await readywhen(['--timeout=2s', '--verbose', ...many], {
      under: ['bash', '-c', 'exec "$@" 2> >(exec sleep 10 >&- 2>&-)', 'bash'],
      limitMs: 9_000,
    })
    assert.equal(code, 124)
    assert.ok(ms < 6000, `${ms} ms`)
  })
})
