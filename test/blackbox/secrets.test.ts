import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { makeAuthority } from '../servers/certificates.ts'
import { startFault } from '../servers/faults.ts'
import { onTerminal } from './on-terminal.ts'
import { readywhen, temporaryFile } from './readywhen.ts'
import { leaks, type PlantedSecret, plant } from './secret-leaks.ts'
import { onOneLine, type SecretTarget, secretTargets, type WrittenTarget } from './secret-targets.ts'
import { startTelltale, type Telltale, variantsOf } from './telltale.ts'

const ABREAST = 4

interface Given {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

type Target = WrittenTarget & Pick<SecretTarget, 'kind'>

const onFlags = (targets: readonly Target[]): Given => ({
  args: targets.map((target) => `--${target.kind}=${onOneLine(target)}`),
  env: {},
})

/** The ways in which targets come into the program. */
const carriers: Readonly<Record<string, (targets: readonly Target[]) => Given>> = {
  flags: onFlags,
  'files named by @': (targets) => ({
    args: targets.map((target) => `--${target.kind}=@${temporaryFile(`${onOneLine(target)}\n`)}`),
    env: {},
  }),
  variables: (targets) => {
    const lists = Map.groupBy(targets, ({ kind }) => `READYWHEN_${kind.toUpperCase()}`)
    const env = Array.from(lists, ([name, list]) => [name, list.map(onOneLine).join('\n')])
    return { args: [], env: Object.fromEntries(env) }
  },
  'a configuration file, as texts': (targets) => configuration(targets, onOneLine),
  'a configuration file, as objects': (targets) =>
    configuration(targets, ({ base, options }) => ({ target: base.replaceAll('#', '%23'), ...options })),
}

function configuration(targets: readonly Target[], item: (target: Target) => unknown): Given {
  const lists = Map.groupBy(targets, ({ kind }) => kind)
  const content = Object.fromEntries(Array.from(lists, ([kind, list]) => [kind, list.map(item)]))
  return { args: [`--config=${temporaryFile(JSON.stringify(content))}`], env: {} }
}

/** What Postgres users keep out of the target; the secret stands in a variable or a file that one names. */
const outsideOfTheTarget: Readonly<Record<string, (secret: string) => Readonly<Record<string, string>>>> = {
  PGPASSWORD: (secret) => ({ PGPASSWORD: secret }),
  'a password file': (secret) => ({
    PGPASSFILE: temporaryFile(`*:*:*:app:${secret.replace(/[:\\]/g, '\\$&')}\n`),
  }),
  'a service file': (secret) => ({
    PGSERVICE: 'app',
    PGSERVICEFILE: temporaryFile(`[app]\npassword=${secret}\n`),
  }),
}

/** Secrets that were given, with the servers that say them back. */
interface Situation extends Given {
  readonly secrets: readonly PlantedSecret[]
  readonly telltales: readonly Telltale[]
}

async function plantTargets(
  carry: (targets: readonly Target[]) => Given,
  targets: readonly (SecretTarget & { readonly variant?: number })[] = secretTargets,
): Promise<Situation> {
  const all = await Promise.all(
    targets.map(async ({ title, kind, between, write, variant }, i) => {
      const secret = plant(`${kind}: ${title}`, between)
      const telltale = await startTelltale(kind, secret.secret, variant ?? i)
      return { secret, telltale, target: { kind, ...write(secret.secret, telltale.port, temporaryFile) } }
    }),
  )
  return {
    ...carry(all.map(({ target }) => target)),
    secrets: all.map(({ secret }) => secret),
    telltales: all.map(({ telltale }) => telltale),
  }
}

async function plantOutside(hide: (secret: string) => Readonly<Record<string, string>>): Promise<Situation> {
  const secret = plant('postgres', `@/?#:% é`)
  const telltale = await startTelltale('postgres', secret.secret, 0)
  return {
    args: [`--postgres=postgres://app@127.0.0.1:${telltale.port}/app?sslmode=disable`],
    env: hide(secret.secret),
    secrets: [secret],
    telltales: [telltale],
  }
}

const WAIT = ['--timeout=1s', '--backoff=20ms', '--attempt-timeout=500ms']

/** Everything that is written to people, machines and Kubernetes; each gives all that there is to see. */
const outputs: Readonly<
  Record<string, (given: Given, secrets: readonly PlantedSecret[]) => Promise<string>>
> = {
  'the log, and the termination message': async ({ args, env }) => {
    const message = temporaryFile('')
    const run = await readywhen([...WAIT, ...args], { env: { ...env, READYWHEN_TERMINATION_LOG: message } })
    assert.equal(run.code, 124, run.stderr)
    assert.match(readFileSync(message, 'utf8'), /not ready/)
    return run.stdout + run.stderr + readFileSync(message, 'utf8')
  },
  'the log of every attempt': async ({ args, env }) => {
    const run = await readywhen([...WAIT, '--verbose', ...args], { env })
    assert.equal(run.code, 124, run.stderr)
    assert.match(run.stderr, /\*\*\*/)
    return run.stdout + run.stderr
  },
  'the log of every attempt, as JSON': async ({ args, env }) => {
    const run = await readywhen([...WAIT, '--verbose', '--log=json', ...args], { env })
    assert.equal(run.code, 124, run.stderr)
    return run.stdout + run.stderr
  },
  'a terminal': async ({ args, env }) => {
    const run = await onTerminal([...WAIT, ...args], { env })
    assert.equal(run.code, 124, run.stdout)
    return run.stdout + run.stderr
  },
  'a dry run': async ({ args, env }) => {
    const run = await readywhen(['--dry-run', ...args], { env })
    assert.equal(run.code, 0, run.stderr)
    return run.stdout + run.stderr
  },
  'a dry run, as JSON': async ({ args, env }) => {
    const run = await readywhen(['--dry-run', '--log=json', ...args], { env })
    assert.equal(run.code, 0, run.stderr)
    return run.stdout + run.stderr
  },
  'the error of a flag that is not there': (given) => usageError(given, ['--tiemout=5s']),
  'the error of a flag with a bad value': (given) => usageError(given, ['--grace=never']),
  'the error of an argument that belongs to no flag': (given) => usageError(given, ['stray']),
  'the error of a help that is not there': (given) => usageError(given, ['--help', 'postgresql']),
  'a command that cannot be run': async ({ args, env }, secrets) => {
    const own = secrets.map(({ secret }) => `--password=${secret}`)
    const run = await readywhen(['--any', '--file=/', ...args, '--', 'no-such-command', ...own], { env })
    assert.equal(run.code, 127, run.stderr)
    return run.stdout + run.stderr
  },
}

async function usageError({ args, env }: Given, wrong: readonly string[]): Promise<string> {
  const before = await readywhen([...wrong, ...args], { env })
  const behind = await readywhen([...args, ...wrong], { env })
  for (const run of [before, behind]) assert.equal(run.code, 2, run.stderr)
  return before.stdout + before.stderr + behind.stdout + behind.stderr
}

function assertNone(leaked: readonly string[], seen: string): void {
  assert.equal(leaked.length, 0, `${leaked.join('; ')}\n${seen}`)
}

function secretsStayIn(title: string, prepare: () => Promise<Situation>): void {
  describe(`secrets from ${title} stay out of`, { concurrency: ABREAST }, () => {
    let situation: Situation
    before(async () => {
      situation = await prepare()
    })
    after(() => Promise.all(situation.telltales.map((telltale) => telltale.stop())))
    for (const [output, show] of Object.entries(outputs)) {
      test(output, async () => {
        const { secrets } = situation
        const seen = await show(situation, secrets)
        assertNone(leaks(seen, secrets), seen)
      })
    }
  })
}

for (const [title, carry] of Object.entries(carriers)) secretsStayIn(title, () => plantTargets(carry))
for (const [title, hide] of Object.entries(outsideOfTheTarget)) {
  secretsStayIn(title, () => plantOutside(hide))
}

test('the content of key files stays out of everything, also when they cannot be used', async () => {
  const silent = await startFault('silent')
  const secrets = ['one line', 'several lines'].map((title) => plant(title, ''))
  const keys = secrets.map(({ secret }, i) =>
    temporaryFile(
      `-----BEGIN PRIVATE KEY-----\n${secret}\n${i > 0 ? `${secret}\n`.repeat(9) : ''}-----END PRIVATE KEY-----\n`,
    ),
  )
  const certificate = makeAuthority().issue({ names: ['localhost'] }).certFile
  const place = `localhost:${silent.port}`
  const targets = keys.flatMap((key) => {
    const options = `#cert=${certificate}&key=${key}`
    return [
      `--http=https://${place}/${options}`,
      `--redis=rediss://${place}${options}`,
      `--postgres=postgres://app@${place}/app?sslmode=require&sslnegotiation=direct${options}`,
      // Not PEM at all.
      `--http=https://${place}/#cert=${certificate}&key=${temporaryFile(readFileSync(key, 'utf8').replaceAll('-', ''))}`,
    ]
  })
  for (const output of [['--once', '--verbose'], ['--once', '--log=json'], ['--dry-run']]) {
    const run = await readywhen([...output, ...targets])
    assert.ok(run.code === 1 || run.code === 0, run.stderr)
    assertNone(leaks(run.stdout + run.stderr, secrets), run.stdout + run.stderr)
  }
  await silent.stop()
})

test('each of these secrets does reach its server', async () => {
  const { args, env, secrets, telltales } = await plantTargets(onFlags)
  await readywhen(['--once', '--attempt-timeout=20s', ...args], { env })
  for (const [i, telltale] of telltales.entries()) {
    const sent = leaks(telltale.received(), secrets.slice(i, i + 1))
    assert.equal(sent.length, 1, `${secrets[i]?.title}: ${telltale.received()}`)
  }
  await Promise.all(telltales.map((telltale) => telltale.stop()))
})

test('in whatever form and place a server says them back', async () => {
  const kinds = Map.groupBy(secretTargets, ({ kind }) => kind)
  const targets = Array.from(kinds, ([kind, list]) =>
    Array.from({ length: variantsOf(kind) }, (_, variant) =>
      list.slice(-1).map((target) => ({ ...target, title: `${target.title}, ${variant}`, variant })),
    ),
  ).flat(2)
  const { args, env, secrets, telltales } = await plantTargets(onFlags, targets)
  const { stderr } = await readywhen(['--once', '--attempt-timeout=20s', ...args], { env })
  await Promise.all(telltales.map((telltale) => telltale.stop()))
  assert.equal(stderr.split('\n').filter((line) => line.startsWith('not ready ')).length, targets.length)
  assert.equal(stderr.split('\n').filter((line) => line.includes('no answer')).length, 0)
  assertNone(leaks(stderr, secrets), stderr)
})
