import assert from 'node:assert/strict'
import process from 'node:process'
import { describe, test } from 'node:test'
import { commandLineParser, type Request } from '../src/cli.ts'
import { settings } from '../src/plan/settings.ts'

const line = { placeholder: 'target', summary: 'it is there' }
const parseCommandLine = commandLineParser({ tcp: line, http: line, postgres: line })

function parse(...argv: string[]): Request {
  return parseCommandLine(argv)
}

function parseWait(...argv: string[]): Request & { readonly action: 'wait' } {
  const request = parse(...argv)
  assert.equal(request.action, 'wait')
  return request
}

describe('the command line', () => {
  test('gives the targets in their order, whatever their kinds', () => {
    const { source } = parseWait(
      '--http',
      'a',
      '--tcp=b',
      '--http=c#name=x=y',
      '--postgres',
      'host=d dbname=e',
    )
    assert.deepEqual(
      source.targets.map(({ kind, text, origin, options }) => [kind, text, origin, options]),
      [
        ['http', 'a', '--http', []],
        ['tcp', 'b', '--tcp', []],
        ['http', 'c#name=x=y', '--http', []],
        ['postgres', 'host=d dbname=e', '--postgres', []],
      ],
    )
  })

  test('keeps targets as they are written, empty and odd ones too', () => {
    for (const text of ['', ' ', '-x', '@/run/secret', '--x', 'a b\nc', '=', '✓']) {
      assert.equal(parseWait('--tcp', text).source.targets[0]?.text, text)
      assert.equal(parseWait(`--tcp=${text}`).source.targets[0]?.text, text)
    }
  })

  test('gives only the settings that are named, with their flag', () => {
    const { source } = parseWait('--timeout', '1m', '--attempt-timeout=2s', '--any', '--dry-run')
    assert.deepEqual(Object.fromEntries(source.settings), {
      timeout: { text: '1m', origin: '--timeout' },
      'attempt-timeout': { text: '2s', origin: '--attempt-timeout' },
      any: { text: 'true', origin: '--any' },
      'dry-run': { text: 'true', origin: '--dry-run' },
    })
    assert.equal(parseWait('--tcp', 'a').source.settings.size, 0)
  })

  test('has a flag for every setting', () => {
    for (const [name, spec] of Object.entries(settings)) {
      const argv = spec.placeholder === undefined ? [`--${name}`] : [`--${name}`, spec.default]
      assert.deepEqual([...parseWait(...argv).source.settings.keys()], [name])
    }
  })

  test('takes the last of a setting that is given twice', () => {
    assert.equal(parseWait('--timeout=5', '--timeout', '6').source.settings.get('timeout')?.text, '6')
  })

  test('leaves the meaning of a value to the plan', () => {
    assert.equal(parseWait('--timeout', 'soon').source.settings.get('timeout')?.text, 'soon')
    assert.equal(parseWait('--timeout', '-5').source.settings.get('timeout')?.text, '-5')
    assert.equal(parseWait('--log=').source.settings.get('log')?.text, '')
  })

  test('names a configuration file', () => {
    assert.equal(parseWait('--config', 'wait.yaml').config, 'wait.yaml')
    assert.equal(parseWait('--tcp', 'a').config, undefined)
  })

  test('asks for help, also about one kind, for the version, or to install', () => {
    assert.deepEqual(parse('--help'), { action: 'help', topic: undefined })
    assert.deepEqual(parse('--help', 'http'), { action: 'help', topic: 'http' })
    assert.deepEqual(parse('--help=http', '--tcp', 'a'), { action: 'help', topic: 'http' })
    assert.deepEqual(parse('--tcp', 'a', '--help'), { action: 'help', topic: undefined })
    for (const argv of [
      ['install', '--help'],
      ['install', '/a', '--help'],
      ['http', '--help'],
      ['--help', '--nope'],
    ]) {
      assert.equal(parse(...argv).action, 'help', argv.join(' '))
    }
    assert.deepEqual(parse('--version'), { action: 'version' })
    assert.deepEqual(parse('install', '/shared/readywhen'), { action: 'install', path: '/shared/readywhen' })
  })
})

describe('what stands behind --', () => {
  const table: [string[], string[]][] = [
    [['--tcp', 'a', '--', 'node'], ['node']],
    [
      ['--tcp', 'a', '--', 'node', '--http', 'x', '--help'],
      ['node', '--http', 'x', '--help'],
    ],
    [
      ['--tcp', 'a', '--', 'sh', '-c', 'x', '--', 'y'],
      ['sh', '-c', 'x', '--', 'y'],
    ],
    [
      ['--', 'install', ''],
      ['install', ''],
    ],
    [['--', '--'], ['--']],
  ]
  for (const [argv, command] of table) {
    test(`is the command, untouched: ${argv.join(' ')}`, () => {
      const request = parseWait(...argv)
      assert.deepEqual(request.command, command)
      assert.equal(request.source.targets.length, argv[0] === '--tcp' ? 1 : 0)
    })
  }

  test('is nothing where there is no --', () => assert.equal(parseWait('--tcp', 'a').command, undefined))
})

describe('a mistake in the command line', () => {
  const stray =
    'an argument belongs to no flag: targets are given with --tcp, --http, --postgres …, a command behind --'
  const table: [string[], string][] = [
    [['--tcp', 'a', '--'], 'there is no command behind --'],
    [['--tcp', '--', 'a'], '--tcp needs a value'],
    [['--tcp'], '--tcp needs a value'],
    [['--tcp', 'a', '--attempt-timeout'], '--attempt-timeout needs a value'],
    [['--config'], '--config needs a value'],
    [['--tiemout', '5s'], 'unknown flag --tiemout (did you mean "--timeout"?); --help lists them'],
    [['--tiemout=hunter2'], 'unknown flag --tiemout (did you mean "--timeout"?); --help lists them'],
    [['-http', 'hunter2'], 'unknown flag -http (did you mean "--http"?); --help lists them'],
    [['--no-any'], 'unknown flag --no-any (did you mean "--any"?); --help lists them'],
    [['--redis=redis://:hunter2@db'], 'unknown flag --redis; --help lists them'],
    [['--password', 'hunter2'], 'unknown flag --password; --help lists them'],
    [['-h'], 'unknown flag -h; --help lists them'],
    [['-phunter2'], 'unknown flag -p; --help lists them'],
    [['-hunter2'], 'unknown flag -h; --help lists them'],
    [['--@hunter2'], 'unknown flag --; --help lists them'],
    [['--any=hunter2'], '--any takes no value'],
    [['--any=false'], '--any takes no value'],
    [['--version=1'], '--version takes no value'],
    [['hunter2'], stray],
    [['--tcp', 'a', 'hunter2'], stray],
    [['--any', 'hunter2', '--tcp', 'a'], stray],
    [[''], stray],
    [['-'], stray],
    [['postgres://app:hunter2@db'], stray],
    [['install'], 'install needs a path to copy to'],
    [['install', '/a', '/b'], stray],
    [['install', '--mode', '/a'], 'unknown flag --mode; --help lists them'],
    [['install', '/a', '--', 'b'], 'install takes no command'],
  ]
  for (const [argv, message] of table) {
    test(`is said with its flag and what is allowed: ${argv.join(' ')}`, () => {
      assert.ok(!message.includes('hunter2'))
      assert.throws(() => parse(...argv), { name: 'UsageError', message })
    })
  }

  test('prints nothing by itself and does not end the process', () => {
    const exit = process.exit
    process.exit = () => {
      throw new Error('exited')
    }
    try {
      for (const flag of ['--help', '--version']) assert.doesNotThrow(() => parse(flag), flag)
      assert.throws(() => parse('--nope'), { name: 'UsageError' })
    } finally {
      process.exit = exit
    }
  })
})
