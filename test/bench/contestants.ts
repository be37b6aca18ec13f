import { spawnSync } from 'node:child_process'
import { existsSync, globSync, realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import process from 'node:process'
import { compileC } from './compile.ts'
import type { Services } from './services.ts'

const ROOT = join(import.meta.dirname, '../..')

export const TASKS = ['start', 'tcp', 'http', 'https', 'postgres', 'postgres TLS', 'redis', 'dns'] as const
export type Task = (typeof TASKS)[number]

/** Arguments of each task, with the services' names in braces; one without a template cannot be asked for it. */
type Templates = Readonly<Partial<Record<Task, readonly string[]>>>

/** A program that is measured. */
export interface Contestant {
  readonly name: string
  /** The files it consists of. */
  readonly files: readonly string[]
  /** The docker image it comes in. */
  readonly image: string | undefined
  /** Whether the kernel runs it as it is: valgrind counts only such a program's instructions. */
  readonly native: boolean
  /** A readywhen, which takes any number of targets. */
  readonly takesMany: boolean
  readonly command: readonly string[]
  readonly templates: Templates
}

const READYWHEN: Templates = {
  start: ['--version'],
  tcp: ['--tcp={tcp}'],
  http: ['--http={http}'],
  https: ['--http={https}#ca={ca}'],
  postgres: ['--postgres={postgres}'],
  'postgres TLS': ['--postgres={postgresTls}'],
  redis: ['--redis={redis}'],
  dns: ['--dns={dns}#server={dnsServer}'],
}

/** Rivals whose command line is known; any other says it in variables. */
const KNOWN: Readonly<Record<string, Templates>> = {
  wait4x: {
    start: ['version'],
    tcp: ['tcp', '{tcp}'],
    http: ['http', '{http}'],
    postgres: ['postgresql', '{postgres}'],
    'postgres TLS': ['postgresql', '{postgresTls}'],
    redis: ['redis', '{redis}'],
    dns: ['dns', 'A', '{dns}', '--nameserver', '{dnsServer}'],
  },
}

const PSQL = ofPostgres('psql') ?? 'psql'

/** What stands in init containers today. */
const SHELL: Templates = {
  start: ['bash', '-c', ':'],
  tcp: ['bash', '-c', 'until 2>/dev/null </dev/tcp/{host}/{port}; do sleep 1; done'],
  http: ['sh', '-c', 'until curl -fsS {http}; do sleep 1; done'],
  https: ['sh', '-c', 'until curl -fsS --cacert {ca} {https}; do sleep 1; done'],
  postgres: ['sh', '-c', `until ${PSQL} '{postgres}' -c 'select 1'; do sleep 1; done`],
  'postgres TLS': ['sh', '-c', `until ${PSQL} '{postgresTls}' -c 'select 1'; do sleep 1; done`],
  redis: ['sh', '-c', 'until redis-cli -u {redis} ping; do sleep 1; done'],
}

/**
 * Finds who takes part: readywhen as binary and on Node, a C program that does nothing, the least Go program, the
 * shell, the tools that ask one question, and rivals named by variables: `RIVAL_WAIT4X=/path/to/wait4x`; `RIVAL_OTHER=/path` with its arguments in
 * `RIVAL_OTHER_TCP='-wait tcp://{tcp}'` and so on; `RIVAL_OTHER_IMAGE=name:tag`. Gives also who is missing, and why.
 * @param workshop a directory to compile in
 */
export function findContestants(workshop: string): {
  contestants: Contestant[]
  nothing: Contestant | undefined
  missing: string[]
} {
  const missing: string[] = []
  const least = nothing(workshop)
  const found = [least, binary(), onNode(), leastGo(workshop), shell(), ...tools(), ...rivals()]
  const contestants = found.filter((each) => {
    if (typeof each === 'string') missing.push(each)
    return typeof each !== 'string'
  }) as Contestant[]
  return { contestants, nothing: typeof least === 'string' ? undefined : least, missing }
}

/** The arguments of a task, or nothing when this contestant cannot do it. */
export function argumentsOf(
  contestant: Contestant,
  task: Task,
  services: Services,
): readonly string[] | undefined {
  const names = services as unknown as Readonly<Record<string, string>>
  return contestant.templates[task]?.map((word) =>
    word.replace(/\{(\w+)\}/g, (whole, name: string) => names[name] ?? whole),
  )
}

function binary(): Contestant | string {
  const file = join(ROOT, 'dist/readywhen')
  if (!existsSync(file)) return 'the binary: there is no dist/readywhen (npm run build)'
  const image = process.env['IMAGE'] ?? 'readywhen:0.1.0'
  return readywhen('binary', [file], [file], true, image)
}

function onNode(): Contestant | string {
  const file = join(ROOT, 'dist/readywhen.mjs')
  if (!existsSync(file)) return 'Node: there is no dist/readywhen.mjs (npm run bundle)'
  const files = [process.execPath, file, ...globSync(join(ROOT, 'dist/chunks/*.mjs'))]
  return readywhen('on Node', [process.execPath, file], files, false, undefined)
}

function readywhen(
  name: string,
  command: readonly string[],
  files: readonly string[],
  native: boolean,
  image: string | undefined,
): Contestant {
  return { name, command, files, native, image, takesMany: true, templates: READYWHEN }
}

function nothing(workshop: string): Contestant | string {
  const file = join(workshop, 'nothing')
  const compiled = compileC('nothing.c', file)
  if (compiled !== undefined) return `the C program that does nothing: ${compiled}`
  const templates = Object.fromEntries(TASKS.map((task) => [task, []]))
  return { ...other('nothing (C)', file), templates }
}

function leastGo(workshop: string): Contestant | string {
  const file = join(workshop, 'least')
  const source = join(import.meta.dirname, 'least.go')
  const args = ['build', '-trimpath', '-ldflags=-s -w', '-o', file, source]
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod', GO111MODULE: 'off' }
  const { error, status } = spawnSync('go', args, { env, stdio: 'ignore' })
  if (error !== undefined) return 'the least Go program: there is no go here'
  if (status !== 0) return 'the least Go program: go cannot build it'
  return {
    ...other('least (Go)', file),
    templates: { start: [], tcp: ['tcp', '{tcp}'], http: ['http', '{http}'] },
  }
}

function shell(): Contestant | string {
  const needed = ['bash', 'curl', PSQL, 'redis-cli']
  const absent = needed.filter((tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).error)
  if (absent.length > 0) return `the shell: there is no ${absent.join(', ')}`
  return { ...other('shell', ''), files: [], native: false, command: [], templates: SHELL }
}

/** What people ask the same question with. */
function tools(): (Contestant | string)[] {
  return [
    // It sends a start-up packet and reads the first byte: neither password nor database are looked at.
    tool('pg_isready', '(no login)', ofPostgres('pg_isready'), {
      postgres: ['-h', '{host}', '-p', '{postgresPort}'],
    }),
    tool('redis-cli', 'ping', onPath('redis-cli'), { redis: ['-h', '{host}', '-p', '{port}', 'ping'] }),
    tool('nc', '-z', onPath('nc'), { tcp: ['-z', '{host}', '{port}'] }),
  ]
}

function tool(
  name: string,
  remark: string,
  file: string | undefined,
  templates: Templates,
): Contestant | string {
  if (file === undefined) return `${name}: there is none here`
  return { ...other(`${name} ${remark}`, file), templates }
}

/** Debian's programs of this name on the PATH are wrappers in Perl, which cost more than what they start. */
function ofPostgres(name: string): string | undefined {
  return globSync(`/usr/lib/postgresql/*/bin/${name}`).sort().at(-1) ?? onPath(name)
}

function onPath(name: string): string | undefined {
  const places = (process.env['PATH'] ?? '').split(':').map((directory) => join(directory, name))
  const found = places.find((file) => existsSync(file))
  return found === undefined ? undefined : realpathSync(found)
}

function rivals(): (Contestant | string)[] {
  return Object.entries(process.env).flatMap(([variable, file = '']): (Contestant | string)[] => {
    const name = /^RIVAL_([A-Z0-9]+)$/.exec(variable)?.[1]
    if (name === undefined) return []
    if (!existsSync(file)) return [`${basename(file)}: ${variable} names no file`]
    const templates: Partial<Record<Task, readonly string[]>> = { ...KNOWN[name.toLowerCase()] }
    for (const task of TASKS) {
      const words = process.env[`${variable}_${task.toUpperCase().replace(' ', '_')}`]
      if (words !== undefined) templates[task] = words.split(' ').filter(Boolean)
    }
    const image = process.env[`${variable}_IMAGE`]
    return [{ ...other(name.toLowerCase(), file), image, templates }]
  })
}

function other(name: string, file: string): Contestant {
  return {
    name,
    command: [file],
    files: [file],
    native: true,
    image: undefined,
    takesMany: false,
    templates: {},
  }
}
