import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Attempt, ParseContext } from '../../src/checks/kind.ts'
import { FileProblem } from '../../src/plan/mounted-file.ts'
import { makePlan, type Plan } from '../../src/plan/plan.ts'
import type { Given, GivenTarget, Source } from '../../src/plan/source.ts'
import { bell, door } from './sample-kinds.ts'

const files: Record<string, string> = {
  '/run/door': 'app:hunter2@front#colour=red&tag=a\n',
  '/run/plain': 'back',
  '/run/crlf': 'back\r\n',
  '/run/two': 'front\nback\n',
  '/run/wrong': 'app:hunter2@nowhere\n',
  '/run/empty': '\n',
}
const context: ParseContext = {
  env: { HOME: '/root' },
  readFile(path) {
    const content = files[path]
    if (content === undefined) throw new FileProblem(path, path === '/run/locked' ? 'EACCES' : 'ENOENT')
    if (content.trim() === '') throw new FileProblem(path, 'EMPTY')
    return content
  },
}
const attempt: Attempt = { signal: new AbortController().signal, waitingFor() {}, heard() {} }

function source(targets: string[], settings: Record<string, string> = {}, where = '--door'): Source {
  const given = (text: string): GivenTarget => ({ kind: 'door', text, origin: where, options: [] })
  const named = (name: string, text: string): [string, Given] => [name, { text, origin: `--${name}` }]
  return {
    targets: targets.map(given),
    settings: new Map(Object.entries(settings).map(([name, text]) => named(name, text))),
  }
}

function plan(...sources: Source[]): Plan {
  return makePlan(sources, { door, bell }, context)
}

describe('a plan', () => {
  test('takes a setting from the first source that gives it', () => {
    const { settings, shownSettings } = plan(
      source([], { timeout: '1s', log: 'json' }),
      source([], { timeout: '2s', grace: '2s' }),
      source(['front'], { timeout: '3s', grace: '3s', successes: '3' }),
    )
    assert.deepEqual(
      [settings.timeout, settings.grace, settings.successes, settings.log, settings.any],
      [1000, 2000, 3, 'json', false],
    )
    assert.deepEqual(
      [shownSettings['timeout'], shownSettings['grace'], shownSettings['backoff'], shownSettings['any']],
      ['1s', '2s', '100ms..2s', 'false'],
    )
  })

  test('has the targets of all sources in their order', () => {
    const { checks } = plan(source(['a', 'b']), source(['a']), source(['c']))
    assert.deepEqual(
      checks.map((check) => check.identity.target),
      ['a', 'b', 'a', 'c'],
    )
  })

  test('gives each check the settings, unless its target says otherwise', () => {
    const settings = { 'attempt-timeout': '5s', successes: '2' }
    const [plain, own] = plan(
      source(['front', 'back#timeout=90s&successes=4&until=down&name=b'], settings),
    ).checks
    assert.deepEqual(plain?.identity, { kind: 'door', target: 'front', name: undefined })
    assert.deepEqual([plain?.attemptTimeoutMs, plain?.successes, plain?.untilDown], [5000, 2, false])
    assert.deepEqual(plain?.shownOptions, { timeout: '5s' })
    assert.deepEqual(own?.identity, { kind: 'door', target: 'back', name: 'b' })
    assert.deepEqual([own?.attemptTimeoutMs, own?.successes, own?.untilDown], [90_000, 4, true])
    assert.deepEqual(own?.shownOptions, { timeout: '90s', successes: '4', until: 'down', name: 'b' })
  })

  test('binds the options of a kind to its probe', async () => {
    const [check] = plan(source(['front#width=12&tag=x'])).checks
    assert.deepEqual(await check?.target.probe(attempt), {
      detail: '{"home":"/root","width":12,"tag":["X"]}',
    })
  })

  test('knows every secret, and shows none', () => {
    const made = plan(source(['app:hunter2@front#code=hunter3', 'back']))
    assert.deepEqual(
      made.secrets.map((secret) => secret.reveal()),
      ['hunter2', 'hunter3'],
    )
    assert.equal(made.checks[0]?.target.secrets.length, 2)
    assert.doesNotMatch(JSON.stringify(made), /hunter/)
    assert.equal(made.checks[0]?.shownOptions['code'], '***')
  })

  test('takes options that a file gives apart from the target as they are, over those of the target', () => {
    const options = [
      { name: 'name', value: 'a%26b&c#d' },
      { name: 'colour', value: 'green' },
    ]
    const given = { kind: 'door', text: 'front#colour=red', origin: 'door[0] in f', options }
    const [check] = plan({ targets: [given], settings: new Map() }).checks
    assert.equal(check?.identity.name, 'a%26b&c#d')
    assert.equal(check?.shownOptions['colour'], 'green')
  })

  test('ignores white space around a target', () => {
    assert.equal(plan(source(['  front \n'])).checks[0]?.identity.target, 'front')
  })
})

describe('a target written @/path', () => {
  test('is what the file says, without its last line break', () => {
    for (const path of ['/run/plain', '/run/crlf']) {
      assert.equal(plan(source([`@${path}`])).checks[0]?.identity.target, 'back')
    }
  })

  test('has the options of the file, and over them its own', () => {
    const [check] = plan(source(['@/run/door#colour=green&tag=b'])).checks
    assert.equal(check?.identity.target, 'app@front')
    assert.deepEqual(check?.shownOptions, { timeout: '3s', colour: 'green', tag: 'a, b' })
  })

  const mistakes: [string, string][] = [
    ['@/run/locked', '--door @/run/locked cannot read /run/locked: permission denied'],
    ['@/run/none,@/run/plain', '--door must be @ and the path of one file'],
    // Not the path of a file: it may be a password that begins with an @.
    ['@hunter2', '--door cannot read the file: no such file'],
    ['@/run/two', '--door @/run/two must be a file of one line: the target'],
    ['@/run/wrong#name=x', '--door @/run/wrong has no door'],
    ['@', '--door cannot read the file: no such file'],
  ]
  for (const [text, message] of mistakes) {
    test(`is refused by its path, never by what the file says: ${text}`, () => {
      assert.throws(() => plan(source([text])), { name: 'UsageError', message })
    })
  }
})

describe('a mistake in a target', () => {
  const table: [string, string, string][] = [
    ['--door', 'nowhere', '--door nowhere has no door'],
    ['READYWHEN_DOOR', 'nowhere', 'READYWHEN_DOOR: nowhere has no door'],
    ['door[2] in w.yaml', 'nowhere', 'door[2] in w.yaml: nowhere has no door'],
    ['--door', '', '--door has an empty target: write place'],
    ['--door', '#name=x', '--door has an empty target: write place'],
    ['--door', 'front#colour=blue', '--door front option colour="blue" must be red or green'],
    ['--door', 'front#name=%ff', '--door front has percent escapes that are not UTF-8'],
    ['--door', 'app:hunter2@no:where', '--door must be a place'],
    ['--door', 'app:hunter2@nowhere#code=hunter3', '--door has no door'],
    ['--door', 'app:hunter2@front#code=h3', '--door option code must have three characters'],
  ]
  for (const [where, text, message] of table) {
    test(`is said with its place and without its secret: ${where} ${text}`, () => {
      assert.throws(() => plan(source([text], {}, where)), { name: 'UsageError', message })
    })
  }

  test('of a kind that was not loaded is a bug, not a usage error', () => {
    const given = { kind: 'window', text: 'x', origin: '--window', options: [] }
    assert.throws(() => plan({ targets: [given], settings: new Map() }), { name: 'Error' })
  })
})
