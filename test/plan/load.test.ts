import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { describe, test } from 'node:test'
import { planLoader, readTextFile } from '../../src/plan/load.ts'
import type { Plan } from '../../src/plan/plan.ts'
import type { Given, GivenTarget, Source } from '../../src/plan/source.ts'
import { makeTempDir } from '../servers/temp.ts'
import { bell, door } from './sample-kinds.ts'

const dir = makeTempDir('load')
const config = join(dir, 'wait.yaml')
writeFileSync(config, 'timeout: 1s\ngrace: 1s\nsuccesses: 7\ndoor: [file]\nbell: [file]\n')

const nothing: Source = { targets: [], settings: new Map() }

function commandLine(targets: Record<string, string>, settings: Record<string, string> = {}): Source {
  return {
    targets: Object.entries(targets).map(
      ([kind, text]): GivenTarget => ({ kind, text, origin: `--${kind}`, options: [] }),
    ),
    settings: new Map(
      Object.entries(settings).map(([name, text]): [string, Given] => [name, { text, origin: `--${name}` }]),
    ),
  }
}

const loadPlan = planLoader({ door, bell })
function load(source: Source, env: Record<string, string> = {}, file?: string): Promise<Plan> {
  return loadPlan(source, file, env)
}

function targets(plan: Plan): string[] {
  return plan.checks.map(({ identity }) => `${identity.kind} ${identity.target}`)
}

describe('a plan from all sources', () => {
  test('lets a flag beat a variable, which beats the file', async () => {
    const env = { READYWHEN_TIMEOUT: '2s', READYWHEN_GRACE: '2s', READYWHEN_CONFIG: ` ${config}\n` }
    const { settings } = await load(commandLine({ door: 'x' }, { timeout: '3s' }), env)
    assert.deepEqual([settings.timeout, settings.grace, settings.successes], [3000, 2000, 7])
  })

  test('adds the targets of the file to the others, but not those of a variable whose flag is given', async () => {
    const env = { READYWHEN_DOOR: 'variable', READYWHEN_BELL: 'a,b c' }
    assert.deepEqual(targets(await load(commandLine({ door: 'flag' }), env, config)), [
      'door flag',
      'bell a',
      'bell b c',
      'door file',
      'bell file',
    ])
  })

  test('takes the file of the flag before that of the variable', async () => {
    const other = join(dir, 'other.json')
    writeFileSync(other, '{"bell": "other"}')
    assert.deepEqual(targets(await load(nothing, { READYWHEN_CONFIG: config }, other)), ['bell other'])
  })

  test('reads a target from a file, for a variable and a configuration file too', async () => {
    const secret = join(dir, 'secret')
    writeFileSync(secret, 'app:hunter2@vault\n')
    writeFileSync(join(dir, 'at.yaml'), `door: ["@${secret}#name=file"]\n`)
    const plan = await load(nothing, { READYWHEN_DOOR: `@${secret}` }, join(dir, 'at.yaml'))
    assert.deepEqual(targets(plan), ['door app@vault', 'door app@vault'])
    assert.equal(plan.secrets[1]?.reveal(), 'hunter2')
  })

  test('without a target is refused with the flags there are', async () => {
    const message = 'nothing to wait for: name at least one target with --door, --bell (see --help)'
    writeFileSync(join(dir, 'none.yaml'), 'timeout: 1s\ndoor: []\nbell:\n')
    await assert.rejects(load(nothing), { name: 'UsageError', message })
    await assert.rejects(load(nothing, { READYWHEN_BELL: ',' }), { name: 'UsageError', message })
    await assert.rejects(load(nothing, { READYWHEN_CONFIG: ' ' }, join(dir, 'none.yaml')), {
      name: 'UsageError',
      message,
    })
  })

  test('that cannot read its configuration says why', async () => {
    const path = join(dir, 'none')
    const message = `cannot read ${path}: there is no such file`
    await assert.rejects(load(commandLine({ door: 'x' }), {}, path), { name: 'UsageError', message })
  })
})

describe('a text file', () => {
  test('is read whole, as UTF-8', () => {
    writeFileSync(join(dir, 'text'), 'größe ✓\n')
    assert.equal(readTextFile(join(dir, 'text')), 'größe ✓\n')
  })

  test('that cannot be read is a usage error in words', () => {
    mkdirSync(join(dir, 'folder'))
    writeFileSync(join(dir, 'locked'), 'x')
    chmodSync(join(dir, 'locked'), 0)
    const table: [string, string][] = [
      ['none', 'there is no such file'],
      ['text/none', 'there is no such file'],
      ['folder', 'it is a directory'],
      ['x'.repeat(300), 'ENAMETOOLONG'],
    ]
    if (process.getuid?.() !== 0) table.push(['locked', 'permission denied'])
    for (const [name, words] of table) {
      const path = join(dir, name)
      assert.throws(() => readTextFile(path), {
        name: 'UsageError',
        message: `cannot read ${path}: ${words}`,
      })
    }
  })
})
