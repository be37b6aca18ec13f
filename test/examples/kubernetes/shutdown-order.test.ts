import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { eventually } from '../command.ts'
import { testInNamespace } from './namespace.ts'
import { example } from './objects.ts'

/** Asks the app through the proxy five times a second and says when it had an answer, until it gets none. */
const ASKING = `
  const ask = async () => {
    for (;;) {
      const answer = await fetch('http://127.0.0.1/', { headers: { connection: 'close' } })
      console.log(Date.now(), await answer.text())
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
  ask().catch(() => {})`

testInNamespace('a proxy ends when the app behind it is gone, and serves it until then', async (ns) => {
  await ns.apply(...example('shutdown-order/pod.yaml'))
  await ns.becomesReady(() => ns.pod('app'))
  const follow = (container: string): Promise<string> =>
    ns.kubectl('logs', 'app', '-c', container, '--follow', '--timestamps')
  const logs = Promise.all([follow('app'), follow('proxy')])
  const args = ['-n', ns.name, 'exec', 'app', '-c', 'proxy', '--', 'node', '-e', ASKING]
  const asking = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'ignore'], timeout: 120_000 })
  const asked = once(asking, 'close')
  let answers = ''
  asking.stdout.setEncoding('utf8').on('data', (text: string) => {
    answers += text
  })
  await eventually('the app answers through the proxy', async () => assert.match(answers, /ok/))

  await ns.kubectl('delete', 'pod', 'app', '--wait')
  const [app, proxy] = await logs
  await asked
  const told = timeOf(app, 'finishing')
  const gone = timeOf(app, 'gone')
  const ended = timeOf(proxy, 'told to end')
  const answered = Number(answers.trim().split('\n').at(-1)?.split(' ')[0])
  assert.ok(gone - told >= 3900, `${gone - told} ms`)
  assert.ok(
    answered - told >= 2000,
    `the last answer came ${answered - told} ms after the app was told to end`,
  )
  assert.ok(ended >= gone, `the proxy was told ${gone - ended} ms before the app was gone`)
  assert.ok(ended - gone < 5000, `the proxy was told ${ended - gone} ms after the app was gone`)
})

/** When a line was written, in milliseconds, as the kubelet says. */
function timeOf(log: string, text: string): number {
  const line = log.split('\n').find((one) => one.includes(text))
  assert.ok(line !== undefined, `no "${text}" in:\n${log}`)
  return Date.parse(line.split(' ')[0] ?? '')
}
