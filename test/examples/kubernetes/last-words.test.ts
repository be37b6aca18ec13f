import assert from 'node:assert/strict'
import { eventually } from '../command.ts'
import { IMAGES } from '../images.ts'
import { type Namespace, testInNamespace } from './namespace.ts'
import type { KubeObject } from './objects.ts'

const volumeMounts = [{ name: 'shared', mountPath: '/shared' }]
const image = IMAGES['node:24-bookworm-slim']

/** A pod with the binary in /shared of an image that lacks it. */
function pod(name: string, container: object, rest: object = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      initContainers: [
        { name: 'install', image: IMAGES['readywhen:0.1.0'], args: ['install', '/shared/'], volumeMounts },
      ],
      containers: [{ name: 'app', image, volumeMounts, ...container }],
      volumes: [{ name: 'shared', emptyDir: {} }],
      ...rest,
    },
  } as unknown as KubeObject
}

/** A pod whose init container is the image itself. */
function waiting(name: string, wait: object): KubeObject {
  const spec = { initContainers: [{ name: 'wait', image: IMAGES['readywhen:0.1.0'], ...wait }], volumes: [] }
  return pod(name, { command: ['true'], volumeMounts: [] }, spec)
}

async function message(ns: Namespace, name: string, container: string): Promise<string | undefined> {
  return (await ns.ends(name, container)).state.terminated?.message
}

/** Serves on 8080 for a while, says why it ends, lives on for some probes more, and ends. */
const APP = `
  const { createServer } = require('node:http')
  const { writeFileSync } = require('node:fs')
  createServer((_, answer) => answer.end('ok')).listen(8080)
  setTimeout(() => writeFileSync('/dev/termination-log', 'out of licences'), 4000)
  setTimeout(() => process.exit(1), 10_000)`

const probe = (...args: string[]): object => ({
  exec: { command: ['/shared/readywhen', ...args] },
  periodSeconds: 1,
  timeoutSeconds: 5,
  failureThreshold: 100,
})

testInNamespace("probes and hooks leave an app's last words alone", async (ns) => {
  const probes = {
    command: ['node', '-e', APP],
    lifecycle: {
      postStart: {
        exec: { command: ['/shared/readywhen', '--timeout=20s', '--http=http://127.0.0.1:8080/'] },
      },
    },
    livenessProbe: probe('--once', '--http=http://127.0.0.1:8080/'),
    readinessProbe: probe('--once', '--tcp=127.0.0.1:1'),
  }
  // A success of a probe that lacks --once, and a mistake of one that has it.
  const mistaken = {
    ...probes,
    livenessProbe: probe('--http=http://127.0.0.1:8080/'),
    readinessProbe: probe('--once', '--nonsense'),
  }
  await ns.apply(
    pod('probed', probes),
    pod('mistaken', mistaken),
    pod('shared-processes', probes, { shareProcessNamespace: true }),
    pod('pids-of-the-node', probes, { hostPID: true }),
  )
  for (const name of ['probed', 'mistaken', 'shared-processes', 'pids-of-the-node']) {
    assert.equal(await message(ns, name, 'app'), 'out of licences', name)
  }
})

testInNamespace('a hook that fails leaves the only trace there is', async (ns) => {
  const hooked = (...args: string[]): object => ({
    command: ['sleep', '1d'],
    lifecycle: { postStart: { exec: { command: ['/shared/readywhen', ...args] } } },
  })
  await ns.apply(
    pod('timed-out', hooked('--timeout=2s', '--tcp=127.0.0.1:1')),
    pod('mistaken', hooked('--tcp=127.0.0.1')),
  )
  assert.match((await message(ns, 'timed-out', 'app')) ?? '', /^timed out after 2s: tcp 127\.0\.0\.1:1\n/)
  assert.match((await message(ns, 'mistaken', 'app')) ?? '', /^readywhen: --tcp /)
})

testInNamespace('every exit code comes with its message', async (ns) => {
  await ns.apply(
    waiting('mistake', { args: ['--nonsense', '--tcp=db:5432'] }),
    waiting('no-command', { args: ['--file=/', '--', 'serve'] }),
    waiting('no-program', { args: ['--file=/', '--', '/'] }),
    waiting('no-volume', { args: ['install', '/shared/'] }),
    waiting('ready', { args: ['--file=/'] }),
    pod('behind-a-shell', {
      command: ['sh', '-c', '/shared/readywhen --file=/ && /shared/readywhen --timeout=1s --file=/nowhere'],
    }),
  )
  const said: readonly [pod: string, container: string, code: number, message: RegExp][] = [
    ['mistake', 'wait', 2, /^readywhen: unknown flag --nonsense; --help lists them$/],
    ['no-command', 'wait', 127, /^readywhen: command not found in PATH: "serve"$/],
    ['no-program', 'wait', 126, /^readywhen: cannot run \/: it is a directory$/],
    ['no-volume', 'wait', 1, /^readywhen: cannot install \/shared\/readywhen: there is no directory/],
    ['ready', 'wait', 0, /^ready +file \/ +after /],
    ['behind-a-shell', 'app', 124, /^timed out after 1s: file \/nowhere\n/],
  ]
  for (const [name, container, code, pattern] of said) {
    const { terminated } = (await ns.ends(name, container)).state
    assert.equal(terminated?.exitCode, code, name)
    assert.match(terminated.message?.trimEnd() ?? '', pattern)
  }
})

testInNamespace('a terminal that nobody watches has a log of plain lines', async (ns) => {
  const args = ['--timeout=3s', '--tcp=127.0.0.1:1']
  await ns.apply(
    waiting('direct', { args, tty: true }),
    pod('behind-a-shell', { tty: true, command: ['sh', '-c', `/shared/readywhen ${args.join(' ')}; true`] }),
  )
  for (const [name, container] of [
    ['direct', 'wait'],
    ['behind-a-shell', 'app'],
  ] as const) {
    await ns.ends(name, container)
    const log = await ns.logs(name, container, /^timed out after 3s/m)
    assert.ok(!log.includes('\x1b'), JSON.stringify(log))
    assert.match(log, /^waiting {4}tcp 127\.0\.0\.1:1 {2}connection refused\r?\n/)
    assert.equal(
      log
        .trim()
        .split('\n')
        .filter((line) => !line.includes('hint:')).length,
      3,
      log,
    )
  }
})

interface Event {
  readonly count?: number
  readonly message: string
  readonly involvedObject: { readonly name: string }
}

testInNamespace('a probe that fails for one reason is one event, counted up', async (ns) => {
  const targets = ['--http=http://127.0.0.1:8080/', '--tcp=127.0.0.1:1', '--file=/']
  const app = "require('node:http').createServer((_, a) => a.writeHead(503).end()).listen(8080)"
  await ns.apply(
    pod('one', { command: ['node', '-e', app], readinessProbe: probe('--once', '--tcp=127.0.0.1:1') }),
    pod('three', { command: ['node', '-e', app], readinessProbe: probe('--once', ...targets) }),
  )
  const unready = async (name: string): Promise<Event[]> => {
    const list = JSON.parse(
      await ns.kubectl('get', 'events', '--field-selector=reason=Unhealthy', '-o', 'json'),
    )
    return (list as { items: Event[] }).items.filter(({ involvedObject }) => involvedObject.name === name)
  }
  for (const [name, text] of [
    ['one', 'not ready  tcp 127.0.0.1:1  asked once: connection refused'],
    [
      'three',
      [
        'not ready  http://127.0.0.1:8080/  asked once: 503 Service Unavailable',
        'not ready  tcp 127.0.0.1:1         asked once: connection refused',
        'ready      file /                  asked once (directory)',
        'not ready: 2 of 3: http://127.0.0.1:8080/, tcp 127.0.0.1:1',
      ].join('\n'),
    ],
  ] as const) {
    const found = await eventually(`${name} has failed ten times`, async () => {
      const events = (await unready(name)).filter((event) => event.message.includes(text))
      assert.ok((events[0]?.count ?? 0) >= 10, JSON.stringify(await unready(name)))
      return events
    })
    assert.equal(found.length, 1, JSON.stringify(found))
    assert.equal(found[0]?.message.trimEnd(), `Readiness probe failed: ${text}`)
    // Before the app listens, and no more.
    assert.ok((await unready(name)).length <= 2, JSON.stringify(await unready(name)))
  }
})
