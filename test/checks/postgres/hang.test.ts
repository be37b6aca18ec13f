import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'
import { authentication, columns, DONE, dataRow, PARSED, READY, SASL } from '../../servers/fake-postgres.ts'
import { against, answers, healthy, queried, type Script, silent, started } from './scripts.ts'
import { leftOpen, type TryOptions, tryProbe } from './try-probe.ts'

const hangs: Readonly<Record<string, readonly [Script, string, TryOptions?]>> = {
  'before the TLS answer': [async () => {}, 'the answer to the TLS request'],
  'in the TLS handshake': [
    async (client) => void (await client.startUp('S').catch(() => {})),
    'the TLS handshake',
  ],
  'before the start-up answer': [
    started(async (client) => void (await silent(client))),
    'the start-up answer',
  ],
  'after the password': [
    started(async (client) => {
      client.send(authentication(3))
      await client.message()
      await silent(client)
    }),
    'the answer to the login',
  ],
  'in the middle of SCRAM': [
    started(async (client) => {
      client.send(SASL)
      await client.message()
      await silent(client)
    }),
    'the answer to the login',
  ],
  'in the middle of a message': [
    started(async (client) => {
      client.send(authentication(0).subarray(0, 3))
      await silent(client)
    }),
    'the start-up answer',
  ],
  'after the authentication': [
    started(async (client) => {
      client.send(authentication(0))
      await silent(client)
    }),
    'the start-up answer',
  ],
  'at the query': [queried(async (client) => void (await silent(client))), 'the answer to the query'],
  'at the query of a role': [
    async (client) => {
      await client.admit()
      await client.statement()
      client.send(PARSED, columns(1), dataRow(['1']), DONE)
      await client.message()
      client.send(READY)
      await client.statement()
      await client.message()
      await silent(client)
    },
    'the answer to the query',
    { options: { role: 'primary' } },
  ],
}
for (const [title, [script, phase, given]] of Object.entries(hangs)) {
  test(`says what it waits for at a server that hangs ${title}, and ends at once when told`, async () => {
    await against(script, async (target) => {
      const controller = new AbortController()
      const seen = Promise.withResolvers<void>()
      const outcome = tryProbe(target, {
        ...given,
        signal: controller.signal,
        onPhase: (now) => {
          if (now === phase) seen.resolve()
        },
      })
      await Promise.race([seen.promise, outcome])
      await new Promise((resolve) => setTimeout(resolve, 20))
      const start = performance.now()
      controller.abort()
      const { failure, phases } = await outcome
      assert.ok(performance.now() - start < 500)
      assert.ok(failure)
      assert.equal(phases.at(-1), phase)
    })
  })
}

test('fails at once when the attempt is over before it begins', async () => {
  await against(healthy, async (target) => {
    assert.ok((await tryProbe(target, { signal: AbortSignal.abort() })).failure)
  })
})

test('hears a server that sends a byte at a time, and is ready in the end', async () => {
  const script: Script = async (client) => {
    await client.startUp()
    for (const byte of Buffer.concat([authentication(0), READY])) {
      client.send(Buffer.from([byte]))
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    await client.serve(answers)
  }
  await against(script, async (target) => {
    const { detail, heard } = await tryProbe(target)
    assert.equal(detail, 'PostgreSQL')
    assert.ok(heard)
  })
})

test('does not wait for a server that ignores the goodbye', async () => {
  const script: Script = async (client) => {
    await client.admit()
    await client.serve(answers).catch(() => {})
    await new Promise(() => {})
  }
  await against(script, async (target) => {
    const start = performance.now()
    assert.equal((await tryProbe(target)).detail, 'PostgreSQL 17.2')
    assert.ok(performance.now() - start < 1000)
  })
})

test('leaves no timers behind after any of this', async () => {
  assert.deepEqual(
    (await leftOpen()).filter((each) => each === 'Timeout'),
    [],
  )
})
