import assert from 'node:assert/strict'
import { testInNamespace } from './namespace.ts'
import { containerOf, example } from './objects.ts'

testInNamespace('a web server starts when its certificate is there, its own and with its key', async (ns) => {
  await ns.apply(...example('certificate-before-web-server/web.yaml'))
  const pod = await ns.becomesReady(() => ns.pod('web'))
  assert.equal(containerOf(pod, 'nginx').restartCount, 0)
  const log = await ns.logs('web', 'wait', /^ready/m)
  const told = log.split('\n').filter((line) => /^waiting|^ready/.test(line))
  assert.match(told.join('\n'), /^(waiting|stuck) .*certificate is for old\.example, not web\.example/m)
  const waited = containerOf(pod, 'wait').state.terminated
  const started = containerOf(pod, 'nginx').state.running
  assert.ok(waited !== undefined && started !== undefined)
  assert.equal(waited.exitCode, 0)
  assert.ok(Date.parse(started.startedAt) >= Date.parse(waited.finishedAt))
  const served = await ns.kubectl(
    'exec',
    'web',
    '-c',
    'nginx',
    '--',
    'sh',
    '-c',
    'openssl s_client -connect 127.0.0.1:8443 -CAfile /tls/tls.crt -verify_hostname web.example -verify_return_error </dev/null 2>&1',
  )
  assert.match(served, /Verify return code: 0 \(ok\)|Verification: OK/)
})
