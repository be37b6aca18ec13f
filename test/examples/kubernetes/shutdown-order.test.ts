import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { testInNamespace } from './namespace.ts'
import { example } from './objects.ts'

testInNamespace('a proxy ends when the app behind it is gone, and serves it until then', async (ns) => {
  await ns.apply(...example('shutdown-order/pod.yaml'))
  await ns.becomesReady(() => ns.pod('app'))
  const follow = (container: string): Promise<string> =>
    ns.kubectl('logs', 'app', '-c', container, '--follow', '--timestamps')
  const logs = Promise.all([follow('app'), follow('proxy')])
  await sleep(1000) // until the logs are followed: they go with the pod
  const deleted = ns.kubectl('delete', 'pod', 'app', '--wait')
  await sleep(1500)
  const fetched = 'fetch("http://127.0.0.1/").then((answer) => answer.text()).then(console.log)'
  assert.equal(await ns.kubectl('exec', 'app', '-c', 'proxy', '--', 'node', '-e', fetched), 'ok\n')
  const [app, proxy] = await logs
  await deleted

  const told = timeOf(app, 'finishing')
  const gone = timeOf(app, 'gone')
  const ended = timeOf(proxy, 'told to end')
  assert.ok(gone - told >= 3900, `${gone - told} ms`)
  assert.ok(ended >= gone, `the proxy was told ${gone - ended} ms before the app was gone`)
  assert.ok(ended - gone < 5000, `the proxy was told ${ended - gone} ms after the app was gone`)
})

/** When a line was written, in milliseconds, as the kubelet says. */
function timeOf(log: string, text: string): number {
  const line = log.split('\n').find((one) => one.includes(text))
  assert.ok(line !== undefined, `no "${text}" in:\n${log}`)
  return Date.parse(line.split(' ')[0] ?? '')
}
