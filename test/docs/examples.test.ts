import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { readywhen } from '../blackbox/readywhen.ts'

const root = join(import.meta.dirname, '../..')
const URL_OF_SECRET = 'postgres://app:secret@db/app'

interface Container {
  readonly name: string
  readonly image: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly env?: readonly Variable[]
}

interface Variable {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: { readonly secretKeyRef?: object }
}

/** A command line, with the variables of its container. */
interface CommandLine {
  readonly args: readonly string[]
  readonly env: readonly Variable[]
}

/** Everything in a document of YAML that looks like a container, or like a probe's command, of readywhen. */
function commandLines(node: unknown): CommandLine[] {
  if (typeof node !== 'object' || node === null) return []
  if (Array.isArray(node)) return node.flatMap(commandLines)
  const { image = '', command = [], args = [], env = [] } = node as Partial<Container>
  const inner = Object.values(node).flatMap(commandLines)
  if (!Array.isArray(command) || !Array.isArray(args)) return inner
  if (/\/readywhen$/.test(command[0] ?? '')) return [{ args: [...command.slice(1), ...args], env }, ...inner]
  return image.startsWith('readywhen:') ? [{ args, env }, ...inner] : inner
}

/** The variables as the kubelet makes them: one may be built of those before it, `$(NAME)`. */
function expanded(env: readonly Variable[]): Record<string, string> {
  const values: Record<string, string> = {}
  for (const { name, value } of env) {
    values[name] =
      value?.replace(/\$\((\w+)\)/g, (all, other: string) => values[other] ?? all) ?? URL_OF_SECRET
  }
  return values
}

async function assertTaken(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const run = await readywhen(['--dry-run', ...args], { env: { READYWHEN_TCP: 'db:1', ...env } })
  assert.equal(run.code, 0, `${args.join(' ')}\n${run.stderr}`)
  return run.stdout
}

function documents(text: string): unknown[] {
  return parseAllDocuments(text, { merge: true }).map((document) => document.toJS() as unknown)
}

describe('every command line in the examples is one the program takes', () => {
  for (const path of globSync('examples/kubernetes/**/*.yaml', { cwd: root }).sort()) {
    const lines = documents(readFileSync(join(root, path), 'utf8')).flatMap(commandLines)
    const checks = lines.filter(({ args }) => args[0] !== 'install')
    if (checks.length === 0) continue
    test(path, async () => {
      await Promise.all(checks.map(({ args, env }) => assertTaken(args, expanded(env))))
    })
    // The arguments of a process can be read by everybody on its node.
    test(`${path} puts no Secret into arguments`, () => {
      for (const { args, env } of checks) {
        const secret = env.filter(({ valueFrom }) => valueFrom?.secretKeyRef !== undefined)
        for (const { name } of secret) assert.ok(!args.join(' ').includes(`$(${name})`), args.join(' '))
      }
    })
  }
})

test('every idiom in the README is turned into a command line the program takes', async () => {
  const rows = readFileSync(join(root, 'README.md'), 'utf8').matchAll(
    /^\| `[^`]+` \| `readywhen ([^`]+)` \|$/gm,
  )
  const lines = [...rows].map(([, line = '']) => line.replaceAll("'", '').split(' '))
  assert.ok(lines.length >= 10)
  await Promise.all(lines.map((args) => assertTaken(args)))
})

interface Deployment {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly data?: Readonly<Record<string, string>>
  readonly spec?: {
    readonly template: {
      readonly spec: {
        readonly initContainers: readonly (Container & {
          readonly env?: readonly Variable[]
          readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[]
        })[]
      }
    }
  }
}

/** Renders an example by a tool, or gives why that is not possible here. */
function rendered(command: string, args: readonly string[]): readonly Deployment[] | string {
  if (spawnSync(command, ['version', '--client']).error !== undefined) return `there is no ${command}`
  const { status, stdout, stderr } = spawnSync(command, [...args], { cwd: root, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return documents(stdout) as Deployment[]
}

test('the Kustomize component adds an init container that waits for what the overlay says', async (t) => {
  const objects = rendered('kubectl', ['kustomize', 'examples/kustomize/api'])
  if (typeof objects === 'string') return t.skip(objects)
  const [wait] = initContainers(objects)
  const config = objects.find(({ kind }) => kind === 'ConfigMap')
  assert.match(wait?.image ?? '', /^readywhen:\d/)
  assert.equal(wait?.envFrom?.[0]?.configMapRef.name, config?.metadata.name)
  const plan = await assertTaken([], config?.data)
  for (const target of ['http://auth:8080/healthz', 'cache:6379', 'queue:5672']) {
    assert.ok(plan.includes(target), plan)
  }
})

test('the Helm template makes an init container of the chart values', async (t) => {
  const objects = rendered('helm', ['template', 'api', 'examples/helm'])
  if (typeof objects === 'string') return t.skip(objects)
  const [wait] = initContainers(objects)
  assert.match(wait?.image ?? '', /^readywhen:\d/)
  assert.equal(wait?.env?.[0]?.name, 'READYWHEN_POSTGRES')
  const plan = await assertTaken(wait?.args ?? [], { READYWHEN_POSTGRES: URL_OF_SECRET })
  for (const target of ['http://auth:8080/healthz', 'cache:6379', 'queue:5672', 'postgres://app@db']) {
    assert.ok(plan.includes(target), plan)
  }
})

function initContainers(objects: readonly Deployment[]) {
  const deployment = objects.find(({ kind }) => kind === 'Deployment')
  return deployment?.spec?.template.spec.initContainers ?? []
}
