import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hostName } from '../../../src/checks/transport/host-name.ts'
import { UsageError } from '../../../src/plan/usage-error.ts'

const long = (count: number): string => 'x'.repeat(count)

describe('the name of a host', () => {
  for (const text of [
    'db',
    'db.prod.svc.',
    '_pg._tcp.db',
    'a_b',
    '-',
    '-db',
    '*',
    'a%b',
    '0',
    '0x7f.1',
    '127.1',
    '127.0.0.1',
    '::',
    'fe80::1%eth0',
    'xn--caf-dma.example',
    long(63),
    [long(63), long(63), long(63), long(61)].join('.'),
  ]) {
    test(`${text} may be looked up`, () => assert.equal(hostName(text), text))
  }

  for (const [text, message] of [
    ['', 'has an empty host name'],
    ['.', 'has an empty host name: nothing but a dot'],
    ['..', 'has an empty host name: nothing but a dot'],
    ['a..b', 'has a host that is no name: an empty label'],
    ['.prod.svc', 'has a host that is no name: an empty label'],
    ['db..', 'has a host that is no name: an empty label'],
    [long(64), 'has a host that is no name: a label longer than 63 bytes'],
    [
      [long(63), long(63), long(63), long(62)].join('.'),
      'has a host that is no name: a name longer than 255 bytes',
    ],
    [
      'café',
      'has a host that is no name: a character outside ASCII: such names are written in Punycode (xn--…)',
    ],
    ['db:5432', 'has a colon in a host name'],
    [':', 'has a colon in a host name'],
    ['fe80::g', 'has a colon in a host name'],
    ['$HOST', 'has a variable in a host name that nobody has replaced'],
    ['$(HOST)', 'has a variable in a host name that nobody has replaced'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as a shell writes it
    ['${HOST}', 'has a variable in a host name that nobody has replaced'],
    ...[' ', '\t', '\n', '\0', '\x1f', '\x7f', '\u00a0', '\u2028'].map((character) => [
      `a${character}b`,
      'has white space or a control character in a host name',
    ]),
    ...[...`;,&=?#@/\\"'<>{}()|^\`[]`, '://'].map((character) => [
      `a${character}b`,
      'has a character in a host name that no host has',
    ]),
  ] as [string, string][]) {
    test(`${JSON.stringify(text)} ${message}`, () => {
      assert.throws(() => hostName(text), new UsageError(message))
    })
  }
})
