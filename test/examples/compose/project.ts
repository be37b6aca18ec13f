import assert from 'node:assert/strict'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'node:test'
import { attempt, type Ended, eventually, run } from '../command.ts'
import { IMAGES } from '../images.ts'

const EXAMPLES = join(import.meta.dirname, '../../../examples/compose')
const LIMIT_MS = 5 * 60_000

/** The command line of Compose: a plug-in of `docker`, or the older program of its own. */
const compose = await findCompose()

async function findCompose(): Promise<readonly string[] | undefined> {
  const docker = await attempt('docker', ['version'])
  if (docker.code !== 0) {
    const host = process.env['DOCKER_HOST']
    if (host) throw new Error(`no Docker at ${host} (DOCKER_HOST): ${docker.stderr}`)
    console.log('SKIPPED: no Docker (DOCKER_HOST names none, and the docker command finds none)')
    return undefined
  }
  if ((await attempt('docker', ['compose', 'version'])).code === 0) return ['docker', 'compose']
  if ((await attempt('docker-compose', ['version'])).code === 0) return ['docker-compose']
  console.log('SKIPPED: neither docker compose nor docker-compose is here')
  return undefined
}

/** What `docker inspect` says of a container, as far as tests look at it. */
export interface Container {
  readonly Id: string
  readonly RestartCount: number
  readonly State: {
    readonly Status: string
    readonly ExitCode: number
    readonly StartedAt: string
    readonly FinishedAt: string
    readonly Health?: { readonly Status: string }
  }
}

/** One example, brought up under a name of its own. */
export class Project {
  readonly #name: string
  readonly #command: readonly string[]

  constructor(example: string, command: readonly string[]) {
    this.#name = `readywhen-${example}-${process.pid}`
    this.#command = [...command, '-p', this.#name, '-f', join(EXAMPLES, example, 'compose.yaml')]
  }

  tryCompose(...args: string[]): Promise<Ended> {
    const [command = '', ...rest] = [...this.#command, ...args]
    const env = {
      READYWHEN_IMAGE: IMAGES['readywhen:0.1.0'] ?? '',
      DOCKER_BUILDKIT: '1',
      COMPOSE_DOCKER_CLI_BUILD: '1',
      NO_COLOR: '1',
    }
    return attempt(command, rest, { env, timeoutMs: 180_000 })
  }

  async compose(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.tryCompose(...args)
    assert.equal(code, 0, `compose ${args.join(' ')}\n${stdout}${stderr}`)
    return stdout
  }

  async container(service: string): Promise<Container> {
    const id = (await this.compose('ps', '-a', '-q', service)).trim()
    assert.match(id, /^[0-9a-f]+$/, `${service} has ${id === '' ? 'no container' : 'several containers'}`)
    const [container] = JSON.parse(await run('docker', ['inspect', id])) as [Container]
    return container
  }

  /** Waits until the container of a service has ended, and gives its state. */
  ends(service: string): Promise<Container> {
    return eventually(`${service} has ended`, async () => {
      const container = await this.container(service)
      assert.equal(container.State.Status, 'exited')
      return container
    })
  }

  /** What a service wrote, its stdout and then its stderr, without its name in front of each line. */
  async logs(service: string): Promise<string> {
    const { Id } = await this.container(service)
    const { stdout, stderr } = await attempt('docker', ['logs', Id])
    return stdout + stderr
  }
}

/** Runs a test with one of the examples, which is taken down at the end; without Docker it is skipped. */
export function testProject(what: string, example: string, body: (project: Project) => Promise<void>): void {
  test(what, { skip: compose === undefined ? 'no Docker Compose' : false, timeout: LIMIT_MS }, async () => {
    const project = new Project(example, compose ?? [])
    try {
      await body(project)
    } catch (error) {
      for (const args of [
        ['ps', '-a'],
        ['logs', '--no-color', '--tail=50'],
      ]) {
        const { stdout, stderr } = await project.tryCompose(...args)
        console.log(stdout + stderr)
      }
      throw error
    } finally {
      await project.tryCompose('down', '-v', '-t', '1', '--rmi', 'local')
    }
  })
}
