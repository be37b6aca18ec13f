/** The limits that the README recommends: the kubelet's way of giving 1 ms of processor time in each 100. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Limits, makeLimits } from '../bench/cgroup.ts'
import { type Services, startServices } from '../bench/services.ts'
import type { Run } from '../blackbox/readywhen.ts'
import { closedPort, startFault } from '../servers/faults.ts'
import { readywhen, skipUnlessRoot } from './binary.ts'

/** Why no control group can be made here; `false` when one can. */
const skip: string | false = skipUnlessRoot || lacks()

function lacks(): string | false {
  try {
    makeLimits().remove()
    return false
  } catch (error) {
    return (error as Error).message
  }
}

let services: Services
let stop: () => Promise<void>
before(async () => {
  const started = await startServices()
  services = started.services
  stop = () => started.stop()
})
after(() => stop())

function logins(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `--postgres=${services.postgresTls}#name=login-${i}`)
}

function pages(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `--http=${services.https}#ca=${services.ca}&name=page-${i}`)
}

/** Runs it in a group of its own, whose limit it enters before it is executed. */
async function limited(args: readonly string[]): Promise<Run> {
  const limits: Limits = makeLimits()
  try {
    const enter = limits.groups.map((path) => `echo $$ >${path}`).join(' && ')
    return await readywhen(args, { under: ['sh', '-ec', `${enter} && exec "$@"`, 'sh'] })
  } finally {
    limits.remove()
  }
}

function assertNoFalseTimeout({ stderr }: Run): void {
  assert.doesNotMatch(stderr, /^(?:waiting|stuck) +(?:login|page)-\d+ +no answer/m)
}

describe('with cpu: 10m and memory: 16Mi', { skip }, () => {
  for (const count of [10, 20]) {
    test(`${count} logins over TLS and ${count} pages over https are ready, none called silent`, async (context) => {
      const run = await limited(['--timeout=50s', ...logins(count), ...pages(count)])
      context.diagnostic(`${(run.ms / 1000).toFixed(1)} s`)
      assert.equal(run.code, 0, run.stderr)
      assertNoFalseTimeout(run)
    })
  }

  test('a missing neighbour does not make the others look silent', async () => {
    const missing = `--tcp=127.0.0.1:${await closedPort()}#name=missing`
    const run = await limited(['--timeout=15s', ...logins(1), ...pages(1), missing])
    assert.equal(run.code, 124, run.stderr)
    assertNoFalseTimeout(run)
    assert.match(run.stderr, /^timed out after 15s: 1 of 3 not ready: missing$/m)
  })

  test('a silent one among many is called silent, with what else there is to say', async () => {
    const silent = await startFault('silent')
    try {
      const target = `--tcp=127.0.0.1:${silent.port}#expect=hello&timeout=1s&name=silent`
      const run = await limited(['--timeout=12s', target, ...logins(12)])
      assert.equal(run.code, 124, run.stderr)
      assertNoFalseTimeout(run)
      const held = '(?:; readywhen itself was held back for \\d+0% of the time by its CPU limit of 10m)?'
      assert.match(
        run.stderr,
        new RegExp(`^waiting +silent +no answer in 1s \\(waiting for "hello"\\)${held}$`, 'm'),
      )
    } finally {
      await silent.stop()
    }
  })
})
