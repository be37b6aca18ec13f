import { type DnsQuery, writeReply } from '../servers/dns-wire.ts'
import {
  authentication,
  columns,
  DONE,
  dataRow,
  PARSED,
  packet,
  READY,
  SASL,
  serverError,
} from '../servers/fake-postgres.ts'
import type { Chance } from './random.ts'

/** What a good server answers to one message of its client after the other. */
export type Flow = readonly Buffer[]

const text = (...lines: readonly string[]): Buffer => Buffer.from(lines.join('\r\n'))

const HTTP: readonly [Flow, ...Flow[]] = [
  [text('HTTP/1.1 200 OK', 'Content-Length: 15', 'Content-Type: application/json', '', '{"status":"UP"}')],
  [
    text(
      'HTTP/1.1 200 OK',
      'Transfer-Encoding: chunked',
      '',
      '5;ext=1',
      'hello',
      'a',
      '0123456789',
      '0',
      'Trailer: x',
      '',
      '',
    ),
  ],
  [text('HTTP/1.0 503 Service Unavailable', 'Retry-After: 3', '', 'not yet')],
  [
    text('HTTP/1.1 302 Found', 'Location: /other', 'Content-Length: 0', '', ''),
    text('HTTP/1.1 204 No Content', '', ''),
  ],
  [text('HTTP/1.1 301 Moved', 'Location: http://[::1', '', '')],
  [
    text(
      'HTTP/1.1 100 Continue',
      '',
      'HTTP/1.1 103 Early Hints',
      'Link: </a>',
      '',
      'HTTP/1.1 200 OK',
      'Connection: close',
      '',
      'body',
    ),
  ],
  [text('HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', '', '')],
  [text('HTTP/1.1 200 OK', ...Array.from({ length: 60 }, (_, i) => `X-${i}: ${'v'.repeat(i)}`), '', '')],
]

const PARAMETERS = [
  packet('S', 'server_version\x0017.2\0'),
  packet('S', 'in_hot_standby\0off\0'),
  packet('K', Buffer.from([0, 0, 0, 1, 0, 0, 0, 2])),
]
const LET_IN = Buffer.concat([authentication(0), ...PARAMETERS, READY])
const ONE_ROW = Buffer.concat([PARSED, columns(1), dataRow(['t']), DONE])

const POSTGRES: readonly [Flow, ...Flow[]] = [
  [LET_IN, ONE_ROW, READY],
  [authentication(3), LET_IN, Buffer.concat([ONE_ROW, READY])],
  [authentication(5, Buffer.from([1, 2, 3, 4])), LET_IN, ONE_ROW, READY],
  [SASL, authentication(11, 'r=nonce,s=c2FsdA==,i=4096'), authentication(12, 'v=dmVyaWZpZXI='), LET_IN],
  [serverError('28P01', 'password authentication failed for user "u"')],
  [serverError('57P03', 'the database system is starting up')],
  [
    Buffer.concat([LET_IN, packet('N', 'SNOTICE\0VNOTICE\0C00000\0Mhello\0\0')]),
    serverError('42501', 'permission denied', 'ERROR'),
  ],
  [Buffer.from('N'), LET_IN],
  [Buffer.from('S'), Buffer.from([21, 3, 3, 0, 2, 2, 40])],
]

const INFO = 'role:master\r\nmaster_link_status:up\r\nloading:0\r\ncluster_state:ok'
const bulk = (content: string): Buffer => text(`$${content.length}`, content, '')

const REDIS: readonly [Flow, ...Flow[]] = [
  [text('+PONG', ''), bulk(INFO), text(':1', '')],
  [text('+OK', ''), text('+OK', ''), text('+PONG', ''), bulk(INFO)],
  [text('-NOAUTH Authentication required.', ''), text('-WRONGPASS invalid', '')],
  [text('-LOADING Redis is loading the dataset in memory', '')],
  [text('*3', '$6', 'master', ':0', '*0', ''), text('+PONG', '')],
  [text('%2', '$6', 'server', '$5', 'redis', '$7', 'version', '$5', '7.0.0', ''), text('+PONG', '')],
  [text('*2', '$9', '127.0.0.1', '$4', '6379', ''), text('+PONG', '')],
  [text('*1', '*1', '*1', '*1', '*-1', ''), text('$-1', ''), text(':99999999999999999999', '')],
]

const BANNER: readonly [Flow, ...Flow[]] = [[text('SSH-2.0-OpenSSH_9.2', '')], [Buffer.from('220 mail\r\n')]]

export const FLOWS = { http: HTTP, postgres: POSTGRES, redis: REDIS, tcp: BANNER } as const

const RECORDS: Readonly<Record<string, readonly string[]>> = {
  A: ['A 127.0.0.1', 'CNAME alias.example'],
  AAAA: ['AAAA ::1', 'CNAME alias.example'],
  SRV: ['SRV 1 2 5432 db.example'],
  TXT: ['TXT "some text" "and more"'],
  MX: ['MX 10 mail.example'],
  NS: ['NS ns.example'],
  PTR: ['PTR host.example'],
  CNAME: ['CNAME alias.example'],
}

/** A good reply to a query, of one of the sorts there are. */
export function dnsReply(query: DnsQuery, by: Chance): Buffer {
  const lines = RECORDS[query.type] ?? ['A 127.0.0.1']
  return writeReply(query, {
    rcode: by.happens(0.8) ? 0 : by.below(16),
    truncated: query.over === 'udp' && by.happens(0.2),
    answers: Array.from({ length: by.below(4) }, () => `${query.name} ${lines[by.below(lines.length)]}`),
  })
}
