import assert from 'node:assert/strict'
import { attempt, eventually, run } from '../command.ts'
import { testProject } from './project.ts'

testProject('services start when the one that only waits has ended well', 'one-shot', async (project) => {
  await project.compose('up', '-d')
  const wait = await project.container('wait')
  const api = await project.container('api')
  const log = await project.logs('wait')
  assert.deepEqual([wait.State.Status, wait.State.ExitCode], ['exited', 0])
  assert.match(log, /^ready: 2 of 2 in /m)
  assert.doesNotMatch(log, /s3cret/)
  assert.ok(Date.parse(api.State.StartedAt) >= Date.parse(wait.State.FinishedAt))
  await eventually('the API has connected', async () => {
    assert.match(await project.logs('api'), /\(1 row\)/)
  })
  const { State, RestartCount } = await project.container('api')
  assert.deepEqual([State.Status, RestartCount], ['running', 0])
})

testProject('an image that has the binary is healthy when it answers', 'healthcheck', async (project) => {
  await project.compose('build')
  await project.compose('up', '-d')
  const app = await project.container('app')
  assert.equal(app.State.Health?.Status, 'healthy')
  const client = await project.ends('client')
  assert.equal(client.State.ExitCode, 0)
  assert.equal(await project.logs('client'), 'ok\n')
  const waited = Date.parse(client.State.StartedAt) - Date.parse(app.State.StartedAt)
  assert.ok(waited >= 3000, `the client started ${waited} ms after an app that takes 3 s`)
})

testProject(
  'in front of the command, the app is process 1 and hears docker stop',
  'in-front',
  async (project) => {
    await project.compose('build')
    await project.compose('up', '-d')
    const { Id } = await project.container('app')
    await eventually('the app runs', async () => {
      assert.match(await project.logs('app'), /^serving as process 1$/m)
    })
    assert.match(await project.logs('app'), /^waiting +redis:\/\/cache/m)
    const processes = await run('docker', [
      'exec',
      Id,
      'sh',
      '-c',
      'tr "\\0" " " </proc/1/cmdline; ls -d /proc/[0-9]*',
    ])
    assert.match(processes, /^node \/server\.js \/proc\/1\n/)
    const { code, tookMs } = await attempt('docker', ['stop', Id])
    const { State } = await project.container('app')
    assert.deepEqual([code, State.Status, State.ExitCode], [0, 'exited', 0])
    assert.match(await project.logs('app'), /^told to end$/m)
    assert.ok(tookMs < 3000, `docker stop took ${tookMs} ms`)
  },
)

testProject('while it still waits, docker stop ends it at once', 'in-front', async (project) => {
  await project.compose('build')
  await project.compose('up', '-d', '--no-deps', 'app')
  const { Id } = await project.container('app')
  await eventually('it waits', async () => {
    assert.match(await project.logs('app'), /^waiting +redis/m)
  })
  const { tookMs } = await attempt('docker', ['stop', Id])
  const { State } = await project.container('app')
  assert.deepEqual([State.Status, State.ExitCode], ['exited', 143])
  assert.ok(tookMs < 3000, `docker stop took ${tookMs} ms`)
})

testProject(
  'a dependency that never becomes ready fails up, and the last lines say why',
  'never-ready',
  async (project) => {
    const up = await project.tryCompose('up', '-d')
    assert.notEqual(up.code, 0)
    assert.match(up.stdout + up.stderr, /exited with code 124|didn't complete successfully: exit 124/)
    const log = (await project.logs('wait')).trim().split('\n')
    assert.match(log.at(-2) ?? '', /^not ready +tcp db:5433 +after 3s, \d+ attempts: connection refused$/)
    assert.equal(log.at(-1), 'timed out after 3s: tcp db:5433')
    await assert.rejects(project.container('api').then(({ State }) => assert.equal(State.Status, 'running')))
  },
)
