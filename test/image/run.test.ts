import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { makeAuthority } from '../servers/certificates.ts'
import { until } from '../servers/until.ts'
import { buildImage, docker, dockerOutput, IMAGE, NODE, ROOT, skip } from './docker.ts'

/** As little as a container can be given. */
const CONFINED = [
  '--read-only',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
  '--memory=16m',
  '--cpus=0.01',
]
const SERVER = `require('node:http').createServer((_, answer) => answer.end('ok')).listen(8080)`
const TLS_SERVER = `const { CERT: cert, KEY: key } = process.env
  require('node:https').createServer({ cert, key }, (_, answer) => answer.end('ok')).listen(8443)`

const id = `readywhen-${randomBytes(4).toString('hex')}`
const web = `${id}-web`

describe('a container of the image', { skip }, () => {
  before(async () => {
    await buildImage(ROOT, IMAGE)
    dockerOutput('network', 'create', id)
    dockerOutput('volume', 'create', id)
    dockerOutput(
      'run',
      '--detach',
      `--name=${web}`,
      `--network=${id}`,
      '--network-alias=web',
      NODE,
      'node',
      '-e',
      SERVER,
    )
    await until(async () => (await run([], '--once', '--http=http://web:8080/')).code === 0, 'the web server')
  })

  after(async () => {
    await docker('rm', '--force', '--volumes', web)
    await docker('volume', 'rm', '--force', id)
    await docker('network', 'rm', id)
  })

  function run(options: readonly string[], ...args: readonly string[]): ReturnType<typeof docker> {
    return docker('run', '--rm', `--network=${id}`, ...options, IMAGE, ...args)
  }

  test('is ready with a hundredth of a CPU, 16 MB, no capability and a read-only root', async (context) => {
    const { code, output, ms } = await run(CONFINED, '--timeout=30s', '--http=http://web:8080/')
    assert.equal(code, 0, output)
    context.diagnostic(`${output.trim()} (docker run: ${Math.round(ms)} ms)`)
    assert.match(output, /^ready +http:\/\/web:8080\/ /m)
  })

  test('runs under the seccomp profile of the runtime', async () => {
    const options = dockerOutput('info', '--format={{json .SecurityOptions}}')
    assert.match(options, /seccomp/, 'this daemon has no seccomp')
    assert.equal((await run(['--user=12345:54321', ...CONFINED], '--once', '--tcp=web:8080')).code, 0)
  })

  test('waits for what comes later, by the name that the network gives it', async () => {
    const [waiting, late] = [`${id}-waiting`, `${id}-late`]
    const there = ['--detach', `--network=${id}`]
    const args = [IMAGE, '--timeout=60s', '--http=http://late:8080/']
    dockerOutput('run', ...there, `--name=${waiting}`, ...CONFINED, ...args)
    const log = async (): Promise<string> => (await docker('logs', waiting)).output
    await until(async () => /^waiting +http:\/\/late:8080\//m.test(await log()), 'it to wait')
    dockerOutput(
      'run',
      '--rm',
      ...there,
      `--name=${late}`,
      '--network-alias=late',
      NODE,
      'node',
      '-e',
      SERVER,
    )
    const code = dockerOutput('wait', waiting)
    const said = await log()
    await docker('rm', '--force', late, waiting)
    assert.equal(code, '0', said)
    assert.match(said, /^ready +http:\/\/late:8080\//m)
  })

  test('ends at once when it is told to, as PID 1', async () => {
    const name = `${id}-stopped`
    dockerOutput('run', '--detach', `--name=${name}`, `--network=${id}`, IMAGE, '--tcp=web:1')
    await until(async () => /^waiting/m.test((await docker('logs', name)).output), 'it to wait')
    const stopped = await docker('stop', '--time=10', name)
    const code = dockerOutput('inspect', '--format={{.State.ExitCode}}', name)
    await docker('rm', '--force', name)
    assert.equal(code, '143')
    assert.ok(stopped.ms < 5000, `${stopped.ms} ms`)
  })

  test('installs itself into a volume, for an image that lacks it', async () => {
    const share = `--volume=${id}:/share`
    // a volume of Docker belongs to root; an emptyDir of Kubernetes is for everybody
    const installed = await run([share, '--user=0', '--read-only', '--cap-drop=ALL'], 'install', '/share')
    assert.equal(installed.code, 0, installed.output)
    const inOther = ['--rm', share, `--network=${id}`, '--user=1000', '--entrypoint=/share/readywhen', NODE]
    const args = ['--quiet', '--http=http://web:8080/', '--', 'node', '-p', '"node is pid " + process.pid']
    const { code, output } = await docker('run', ...inOther, ...args)
    assert.deepEqual({ code, output }, { code: 0, output: 'node is pid 1\n' })
  })

  test('trusts the authorities that the image has in its bundle', async () => {
    const authority = makeAuthority()
    const { certFile, keyFile } = authority.issue({ names: ['secure'] })
    const secrets = [certFile, keyFile].map((path) => readFileSync(path, 'utf8'))
    const secure = `${id}-secure`
    const server = [
      '--env',
      `CERT=${secrets[0]}`,
      '--env',
      `KEY=${secrets[1]}`,
      NODE,
      'node',
      '-e',
      TLS_SERVER,
    ]
    dockerOutput(
      'run',
      '--detach',
      `--name=${secure}`,
      `--network=${id}`,
      '--network-alias=secure',
      ...server,
    )
    const args = ['--timeout=20s', '--grace=2s', '--http=https://secure:8443/']
    const stranger = await run([], ...args)
    assert.equal(stranger.code, 3, stranger.output)
    assert.match(stranger.output, /certificate is signed by an unknown authority/)
    const friend = dockerOutput('create', `--network=${id}`, IMAGE, ...args)
    dockerOutput('cp', authority.caFile, `${friend}:/etc/ssl/certs/ca-certificates.crt`)
    const { code, output } = await docker('start', '--attach', friend)
    await docker('rm', '--force', friend, secure)
    assert.equal(code, 0, output)
  })
})
