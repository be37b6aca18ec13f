import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { kinds } from '../src/checks/index.ts'
import type { AnyKind, ParseContext } from '../src/checks/kind.ts'
import { commandLineParser } from '../src/cli.ts'
import { kindHelp, programHelp } from '../src/help.ts'
import { commonOptions } from '../src/plan/common-options.ts'
import type { OptionSet } from '../src/plan/option.ts'
import { makePlan } from '../src/plan/plan.ts'
import { settings } from '../src/plan/settings.ts'
import { bell, door } from './plan/sample-kinds.ts'

const loaded: Readonly<Record<string, AnyKind>> = kinds
const parseCommandLine = commandLineParser(kinds)

function columns(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length))
}

function lines(text: string): string[] {
  return text.trimEnd().split('\n')
}

function terms(options: OptionSet): string[] {
  return Object.entries(options).map(([name, { placeholder }]) =>
    placeholder === undefined ? name : `${name}=`,
  )
}

describe('the help of the program', () => {
  const text = programHelp(loaded)

  test('has no line longer than 100 columns, and ends with a line break', () => {
    assert.ok(
      columns(text) <= 100,
      lines(text).find((line) => line.length > 100),
    )
    assert.match(text, /[^\n]\n$/)
  })

  test('shows every kind with its placeholder, its meaning and its plainest example', () => {
    for (const [name, kind] of Object.entries(loaded)) {
      assert.match(
        text.replace(/\s+/g, ' '),
        new RegExp(`--${name} <.*> ${kind.summary.replace(/[^\w ]/g, '.')}`),
      )
      assert.ok(text.includes(`readywhen ${kind.examples[0]}\n`), name)
    }
  })

  test('names every option of every kind', () => {
    for (const [name, kind] of [
      ...Object.entries(loaded),
      ['all kinds', { options: commonOptions }] as const,
    ]) {
      const listed = text.split(`    ${name}: `)[1]?.split(/\n(?! {4}\w)/)[0] ?? ''
      if (Object.keys(kind.options).length > 0) assert.deepEqual(listed.split(/\s+/), terms(kind.options))
    }
  })

  test('shows every flag with its default', () => {
    for (const [name, spec] of Object.entries(settings)) {
      const value = spec.placeholder === undefined ? '' : ` <${spec.placeholder}>`
      assert.ok(text.includes(`  --${name}${value} `), name)
      if (spec.placeholder !== undefined) assert.ok(text.includes(`(default: ${spec.default})`), name)
    }
    for (const flag of ['--config <file>', '--version', '--help [kind]', '-- command', 'install PATH']) {
      assert.ok(text.includes(flag), flag)
    }
  })

  test('tells the exit codes', () => {
    for (const code of ['0 ready', '1 not', '2 usage', '3 an', '70 a', '124 timed', '126 or 127', '128+n']) {
      assert.ok(text.includes(code), code)
    }
  })
})

describe('the help of a kind', () => {
  for (const [name, kind] of Object.entries(loaded)) {
    const text = kindHelp(name, loaded)

    test(`${name} fits 24 lines of 100 columns`, () => {
      assert.ok(lines(text).length <= 24, `${lines(text).length} lines`)
      assert.ok(
        columns(text) <= 100,
        lines(text).find((line) => line.length > 100),
      )
    })

    test(`${name} tells its meaning, its examples and every option`, () => {
      assert.equal(lines(text)[0], `--${name} <${kind.placeholder}>   ready when ${kind.summary}`)
      for (const example of kind.examples) assert.ok(lines(text).includes(`  readywhen ${example}`), example)
      const found = lines(text).flatMap((line) => /^ {2}(?!readywhen )([a-z-]+=?)/.exec(line)?.[1] ?? [])
      assert.deepEqual(found, terms({ ...kind.options, ...commonOptions }))
    })

    test(`${name} has only examples that are command lines which are taken`, () => {
      for (const example of kind.examples) {
        const request = parseCommandLine(shellWords(example))
        assert.ok(request.action === 'wait', example)
        assert.deepEqual(
          request.source.targets.map((target) => target.kind),
          [name],
          example,
        )
        assert.equal(makePlan([request.source], loaded, context).checks.length, 1)
      }
    })
  }

  test('lists options one below the other, with what may be repeated', () => {
    assert.equal(
      kindHelp('door', { door }),
      [
        '--door <place>   ready when the door opens',
        '  readywhen --door front',
        '',
        'Options behind the target: #name=value&name=value',
        '  colour=red|green  colour of the door',
        '  width=n           width',
        '  tag=text          a tag (repeatable)',
        '  code=text         the code',
        '  open-wide         all the way',
        '  name=label        label used in every output instead of the target',
        '  timeout=duration  bound of one attempt (default: --attempt-timeout)',
        '  successes=n       successes in a row that count as ready (default: --successes)',
        '  until=up|down     "down" waits until it is not answering',
        '',
      ].join('\n'),
    )
  })

  test('breaks what is too long between words', () => {
    const long = { ...bell, options: { x: { ...commonOptions.name, summary: 'word '.repeat(40).trim() } } }
    const text = kindHelp('bell', { bell: long })
    assert.ok(columns(text) <= 100)
    assert.equal(text.match(/word/g)?.length, 40)
  })

  test('that is not there is a usage error with those there are', () => {
    const message = 'there are tcp, http, postgres, redis, dns, file'
    for (const [name, meant] of [
      ['htpp', ' (did you mean "http"?)'],
      ['mysql', ''],
      ['toString', ''],
      ['', ''],
    ] as const) {
      assert.throws(() => kindHelp(name, loaded), {
        name: 'UsageError',
        message: `--help knows no kind of that name${meant}; ${message}`,
      })
    }
  })
})

const context: ParseContext = { env: {}, readFile: () => 'content' }

/** Splits as a shell does, as far as examples need it: blanks and single quotes. */
function shellWords(text: string): string[] {
  return Array.from(text.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain]) => quoted ?? plain ?? '')
}
