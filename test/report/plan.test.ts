import assert from 'node:assert/strict'
import test from 'node:test'
import { describePlan, type ShownPlan } from '../../src/report/plan.ts'

const plan: ShownPlan = {
  checks: [
    {
      kind: 'postgres',
      target: 'postgres://app@db:5432/app',
      name: undefined,
      options: { timeout: '3s', table: 'orders' },
    },
    { kind: 'http', target: 'https://auth/healthz', name: 'auth', options: { timeout: '2s', insecure: '' } },
  ],
  settings: { timeout: '5m', backoff: '100ms..2s', any: 'false', once: 'true', 'dry-run': 'true' },
  command: { name: 'node', arguments: 1 },
}

test('a dry run shows every check with its options, the settings and the command', () => {
  assert.equal(
    describePlan(plan, 'text'),
    `would wait for 2 checks:
  postgres  postgres://app@db:5432/app
              timeout=3s
              table=orders
  http      https://auth/healthz
              name=auth
              timeout=2s
              insecure
with:
  timeout  5m
  backoff  100ms..2s
  once     true
then become: node (and 1 argument)
`,
  )
})

test('a dry run as JSON is one object on one line', () => {
  const text = describePlan(plan, 'json')
  assert.match(text, /^[^\n]*\n$/)
  assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(plan)))
})

test('nothing that a name or an option holds can break a line or reach the terminal', () => {
  const nasty = { kind: 'tcp', target: 'db:1', name: 'a\n\x1b[2J', options: { expect: '\u009b\nx' } }
  for (const form of ['text', 'json'] as const) {
    const text = describePlan({ checks: [nasty], settings: {} }, form)
    assert.match(text, /^[\x20-\x7e\n]*$/)
    assert.equal(text.split('\n').length, form === 'json' ? 2 : 5)
  }
})
