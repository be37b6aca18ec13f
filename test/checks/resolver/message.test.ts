import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { DnsFormatError } from '../../../src/checks/resolver/domain-name.ts'
import {
  answersQuestion,
  decodeMessage,
  encodeQuery,
  type Question,
  questionFor,
  recordsFor,
} from '../../../src/checks/resolver/message.ts'
import {
  type DnsRecord,
  formatRecord,
  RECORD_TYPES,
  type RecordType,
} from '../../../src/checks/resolver/record.ts'
import { WireReader } from '../../../src/checks/resolver/wire-reader.ts'
import { type DnsReply, readQuery, writeReply } from '../../servers/dns-wire.ts'

const label = fc.stringMatching(/^[a-z0-9_]([a-z0-9-]{0,20}[a-z0-9])?$/)
const name = fc.array(label, { minLength: 1, maxLength: 6 }).map((labels) => labels.join('.'))
const u16 = fc.nat(65_535)
const text = fc.stringMatching(/^[ -!#-~]{1,80}$/)
const hexGroup = fc.stringMatching(/^[1-9a-f][0-9a-f]{3}$/)

/** The data of a record, as the zone file of the test server and as `formatRecord` have it. */
const data: fc.Arbitrary<readonly [type: RecordType, written: string, read: string]> = fc.oneof(
  fc.ipV4().map((address) => ['A', address, address] as const),
  fc.array(hexGroup, { minLength: 8, maxLength: 8 }).map((groups) => {
    const address = groups.join(':')
    return ['AAAA', address, address] as const
  }),
  fc
    .tuple(fc.constantFrom<RecordType>('NS', 'CNAME', 'PTR'), name)
    .map(([type, target]) => [type, target, target] as const),
  fc.tuple(u16, name).map(([preference, exchange]) => {
    const record = `${preference} ${exchange}`
    return ['MX', record, record] as const
  }),
  fc.tuple(u16, u16, u16, name).map((fields) => ['SRV', fields.join(' '), fields.join(' ')] as const),
  fc
    .array(text, { minLength: 1, maxLength: 3 })
    .map((texts) => ['TXT', texts.map((one) => `"${one}"`).join(' '), texts.join('')] as const),
  fc
    .tuple(name, name, fc.nat(0xffff_ffff))
    .map((fields) => ['SOA', `${fields.join(' ')} 1 2 3 4`, fields.join(' ')] as const),
)

const query = (type: RecordType, asked = 'db.example') =>
  readQuery(encodeQuery(7, questionFor(asked, type), true), 'udp')

function decode(type: RecordType, reply: DnsReply) {
  return decodeMessage(writeReply(query(type), reply))
}

describe('DNS messages', () => {
  test('a query says what is asked, with and without EDNS', () => {
    fc.assert(
      fc.property(
        name,
        u16,
        fc.constantFrom(...(Object.keys(RECORD_TYPES) as RecordType[])),
        fc.boolean(),
        (asked, id, type, edns) => {
          const bytes = encodeQuery(id, questionFor(asked, type), edns)
          assert.deepEqual(readQuery(bytes, 'udp'), { id, name: asked, type, edns, over: 'udp' })
          const message = decodeMessage(bytes)
          assert.deepEqual(message.question, { name: asked, type: RECORD_TYPES[type] })
          assert.equal(message.isResponse, false)
        },
      ),
    )
  })

  test('records of every type are read as a server wrote them, compressed names too', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, data), { maxLength: 12 }), (records) => {
        const answers = records.map(([owner, [type, written]]) => `${owner} ${type} ${written}`)
        const message = decode('A', { answers })
        assert.deepEqual(
          message.answers.map((record) => `${record.name} ${record.type} ${formatRecord(record)}`),
          records.map(([owner, [type, , read]]) => `${owner} ${type} ${read}`),
        )
      }),
    )
  })

  test('any bytes are a message or a DnsFormatError', () => {
    const bytes = fc.uint8Array({ maxLength: 300 })
    const damaged = fc
      .tuple(
        fc.array(fc.tuple(name, data), { maxLength: 4 }),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 }),
        fc.nat(400),
      )
      .map(([records, changes, length]) => {
        const answers = records.map(([owner, [type, written]]) => `${owner} ${type} ${written}`)
        const whole = writeReply(query('A'), { answers })
        for (const [at, byte] of changes) if (at < whole.length) whole[at] = byte
        return whole.subarray(0, length)
      })
    fc.assert(
      fc.property(fc.oneof(bytes, damaged), (candidate) => {
        try {
          decodeMessage(candidate)
        } catch (error) {
          assert.ok(error instanceof DnsFormatError, String(error))
        }
      }),
      { numRuns: 2000 },
    )
  })

  const header = Buffer.from('000781800001000000000000', 'hex')
  for (const [what, hex] of [
    ['a pointer to itself', 'c00c00010001'],
    ['a pointer ahead', 'c01000010001'],
    ['two pointers to each other', 'c00ec00c00010001'],
    ['a label of an unknown sort', '40010203'],
    ['a label that is cut', '0a6162'],
    ['no end', '0161'],
  ] as const) {
    test(`a name with ${what} is refused`, () => {
      assert.throws(() => decodeMessage(Buffer.concat([header, Buffer.from(hex, 'hex')])), DnsFormatError)
    })
  }

  test('a name of more pointers than a name can have labels is refused', () => {
    const chain = Buffer.alloc(1000)
    for (let at = 2; at < chain.length; at += 2) chain.writeUInt16BE(0xc000 | (at - 2), at)
    const nameAt = (offset: number): string => {
      const reader = new WireReader(chain)
      reader.offset = offset
      return reader.name()
    }
    assert.equal(nameAt(2 * 127), '.')
    assert.throws(() => nameAt(2 * 128), DnsFormatError)
  })

  test('a record whose length does not fit its data is refused', () => {
    const bytes = writeReply(query('A'), { answers: ['db.example A 127.0.0.1'] })
    bytes.writeUInt16BE(5, bytes.length - 6)
    assert.throws(() => decodeMessage(Buffer.concat([bytes, Buffer.from([0])])), DnsFormatError)
  })

  test('a truncated message is not looked at beyond its question', () => {
    const bytes = writeReply(query('A'), { truncated: true, answers: ['db.example A 127.0.0.1'] })
    const message = decodeMessage(bytes.subarray(0, bytes.length - 3))
    assert.deepEqual([message.truncated, message.answers], [true, []])
  })

  test('the upper bits of the response code come from the OPT record', () => {
    const plain = writeReply(query('A'), {})
    plain.writeUInt16BE(1, 10)
    const opt = Buffer.from('00002904d0010000000000', 'hex')
    assert.equal(decodeMessage(Buffer.concat([plain, opt])).rcode, 16)
  })

  test('records of unknown types are passed over', () => {
    const message = decode('A', { answers: ['db.example 65 0001', 'db.example A 127.0.0.1'] })
    assert.deepEqual(message.answers.map(formatRecord), ['127.0.0.1'])
  })
})

describe('whether a message answers a question', () => {
  const question = questionFor('Db.Example.', 'A')
  const rows: readonly (readonly [string, DnsReply, boolean])[] = [
    ['of ours, in other letter case', {}, true],
    ['with another id', { spoil: 'id' }, false],
    ['of another question', { spoil: 'question' }, false],
    ['that is no response', { spoil: 'no response' }, false],
    ['without a question', { spoil: 'no question' }, false],
    ['without a question, that complains about its form', { spoil: 'no question', rcode: 1 }, true],
    ['without a question, that says that the name does not exist', { spoil: 'no question', rcode: 3 }, false],
  ]
  for (const [what, reply, expected] of rows) {
    test(`one ${what}: ${expected}`, () => {
      const message = decodeMessage(writeReply({ ...query('A', 'DB.example'), name: 'dB.eXample' }, reply))
      assert.equal(answersQuestion(message, 7, question), expected)
    })
  }

  test('one of another type: false', () => {
    assert.equal(answersQuestion(decode('AAAA', {}), 7, question), false)
  })
})

describe('the records that answer a question', () => {
  const question: Question = questionFor('db.example', 'A')
  const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    [
      'are those of its name',
      ['db.example A 10.0.0.1', 'other A 10.0.0.9', 'db.example A 10.0.0.2'],
      ['10.0.0.1', '10.0.0.2'],
    ],
    ['are of its type', ['db.example TXT "x"', 'db.example AAAA ::1'], []],
    [
      'are found through aliases in any order',
      ['c A 10.0.0.3', 'b CNAME c', 'db.example CNAME b'],
      ['10.0.0.3'],
    ],
    ['are none when an alias leads nowhere', ['db.example CNAME b'], []],
    ['are none when aliases lead in a circle', ['db.example CNAME b', 'b CNAME db.example'], []],
  ]
  for (const [what, answers, expected] of rows) {
    test(what, () => {
      const records: readonly DnsRecord[] = recordsFor(decode('A', { answers }), question)
      assert.deepEqual(records.map(formatRecord), expected)
    })
  }

  test('are the alias itself when that is asked for', () => {
    const message = decode('CNAME', { answers: ['db.example CNAME b'] })
    assert.deepEqual(recordsFor(message, questionFor('db.example', 'CNAME')).map(formatRecord), ['b'])
  })
})
