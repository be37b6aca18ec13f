import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { FailureDetail } from '../../src/checks/failure.ts'
import http from '../../src/checks/http.ts'
import type { Ready } from '../../src/checks/kind.ts'
import { UsageError } from '../../src/plan/usage-error.ts'
import { assertFails, failureOf, watchedAttempt } from './attempts.ts'
import { bound } from './bound.ts'
import { respond, startWire, type WireServer } from './http/wire.ts'

let server: WireServer
let answer: (socket: Socket, request: string) => void = respond('200 OK')
before(async () => {
  server = await startWire((socket, request) => answer(socket, request))
})
after(() => server.stop())

async function probe(path: string, files?: Readonly<Record<string, string>>): Promise<Ready> {
  try {
    return await bound(http, `http://127.0.0.1:${server.port}${path}`, files).probe(watchedAttempt())
  } finally {
    await server.idle()
  }
}

function lastRequest(): string {
  return server.requests.at(-1) ?? ''
}

describe('the request', () => {
  before(() => {
    answer = respond('200 OK')
  })

  test('is a plain GET that names the host and closes the connection', async () => {
    assert.deepEqual(await probe('/healthz?full=1'), { detail: '200 OK' })
    assert.equal(
      lastRequest(),
      `GET /healthz?full=1 HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nUser-Agent: readywhen\r\nAccept: */*\r\nConnection: close\r\n\r\n`,
    )
  })

  test('never holds the fragment', async () => {
    await probe('/a%23b#name=x&status=200')
    assert.match(lastRequest(), /^GET \/a%23b HTTP/)
  })

  test('goes to an IPv6 address in brackets', async (t) => {
    let six: WireServer
    try {
      six = await startWire(respond('200 OK'), { address: '::1' })
    } catch {
      return t.skip('no IPv6 here')
    }
    const target = bound(http, `http://[::1]:${six.port}/x`)
    assert.equal(target.shown, `http://[::1]:${six.port}/x`)
    await target.probe(watchedAttempt())
    assert.match(six.requests[0] ?? '', new RegExp(`Host: \\[::1\\]:${six.port}\r\n`))
    await six.stop()
  })

  test('holds what request-header= says, each of them, a host of its own too', async () => {
    await probe(
      '/#request-header=X-One:1&request-header=X-One: 2&request-header=Host:app.example&request-header=user-agent:probe',
    )
    assert.match(lastRequest(), /\r\nX-One: 1\r\nX-One: 2\r\n/)
    assert.match(lastRequest(), /\r\nHost: app\.example\r\n/)
    assert.match(lastRequest(), /\r\nuser-agent: probe\r\n/)
    assert.equal(lastRequest().match(/host:|user-agent:/gi)?.length, 2)
  })

  test('reads the value of a header from a file, without its line end', async () => {
    await probe('/#request-header=Authorization:@/run/token', { '/run/token': 'Bearer s3cr3t\n' })
    assert.match(lastRequest(), /\r\nAuthorization: Bearer s3cr3t\r\n/)
  })

  test('sends header values beyond ASCII as UTF-8', async () => {
    await probe('/#request-header=X-Name:Jürgen')
    assert.ok(lastRequest().includes(`X-Name: ${Buffer.from('Jürgen').toString('latin1')}\r\n`))
  })

  test('is a POST when it has a body, of any other method when told', async () => {
    await probe('/#request-body={"q":"ö"}')
    assert.match(lastRequest(), /^POST \/ HTTP.*\r\nContent-Length: 10\r\n.*\r\n\r\n\{"q":/s)
    await probe('/#request-body=@/body&method=put', { '/body': 'text\n' })
    assert.match(lastRequest(), /^PUT \/ HTTP.*Content-Length: 5\r\n.*\r\n\r\ntext\n$/s)
    await probe('/#method=HEAD')
    assert.match(lastRequest(), /^HEAD \//)
  })

  test('holds user and password as Basic credentials (RFC 7617), and nothing of them elsewhere', async () => {
    const target = bound(http, `http://us%C3%A9r:p%40ss%3Aw@127.0.0.1:${server.port}/`)
    assert.equal(target.shown, `http://us%C3%A9r@127.0.0.1:${server.port}/`)
    await target.probe(watchedAttempt())
    const basic = Buffer.from('usér:p@ss:w').toString('base64')
    assert.match(lastRequest(), new RegExp(`^GET / HTTP/1.1\r\nAuthorization: Basic ${basic}\r\n`))
  })
})

describe('the status', () => {
  const table: [string, string, Partial<FailureDetail> | string][] = [
    ['200 OK', '', '200 OK'],
    ['204', '', '204 No Content'],
    ['299 Odd', '', '299 Odd'],
    ['503 Service Unavailable', '', { code: 'HTTP_503', reason: '503 Service Unavailable' }],
    ['503', '', { code: 'HTTP_503', reason: '503 Service Unavailable' }],
    ['503 still loading', '', { code: 'HTTP_503', reason: '503 still loading' }],
    ['404 Not Found', '', { code: 'HTTP_404', reason: '404 Not Found' }],
    ['599', '', { code: 'HTTP_599', reason: '599' }],
    ['304 Not Modified', '', { code: 'HTTP_304', reason: '304 Not Modified' }],
    ['302 Found', '', { code: 'HTTP_302', reason: '302 Found' }],
    ['404 Not Found', 'status=4xx', '404 Not Found'],
    ['404 Not Found', 'status=200,404', '404 Not Found'],
    ['404 Not Found', 'status=200-399,404', '404 Not Found'],
    ['200 OK', 'status=204', { code: 'HTTP_200', reason: '200 OK, not 204' }],
    ['399 Odd', 'status=200-398,4XX', { code: 'HTTP_399', reason: '399 Odd, not 200-398,4XX' }],
  ]
  for (const [status, option, expected] of table) {
    test(`${status}${option && ` with ${option}`}: ${typeof expected === 'string' ? 'ready' : expected.reason}`, async () => {
      answer = respond(status)
      if (typeof expected === 'object') await assertFails(probe(`/#${option}`), expected)
      else assert.deepEqual(await probe(`/#${option}`), { detail: expected })
    })
  }

  test('401 says where credentials go, unless there are some', async () => {
    answer = respond('401 Unauthorized')
    const failure = await failureOf(probe('/'))
    assert.match(failure.hint ?? '', /^credentials go into the URL/)
    assert.equal((await failureOf(probe('/#request-header=Authorization:Bearer abcdef'))).hint, undefined)
  })

  test('of answers before the final one does not count', async () => {
    answer = (socket) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n')
      respond('503 No')(socket)
    }
    await assertFails(probe('/'), { reason: '503 No' })
  })

  test('101 is an answer as any other', async () => {
    answer = (socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n')
    await assertFails(probe('/'), { code: 'HTTP_101', reason: '101 Switching Protocols' })
    assert.deepEqual(await probe('/#status=101'), { detail: '101 Switching Protocols' })
  })

  test('is enough: a body that never ends is not read', async () => {
    answer = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n')
      const pour = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536)));
      }
      socket.on('drain', pour)
      pour()
    }
    assert.deepEqual(await probe('/'), { detail: '200 OK' })
  })
})

describe('the body', () => {
  const json =
    '{"status":"UP","n":1,"ok":true,"none":null,"a.b":"dot","list":[{"x":"y"}],"deep":{"a":{"b":2.5}}}'
  const table: [string, string, string, Partial<FailureDetail> | undefined][] = [
    ['has the text', 'all is well', 'body=is well', undefined],
    ['matches', 'all\nis well', 'body=/^IS w/im', undefined],
    [
      'does not have the text',
      'ill',
      'body=well',
      { code: 'HTTP_BODY', reason: 'body does not contain "well"' },
    ],
    ['does not match', 'ill', 'body=/^l/', { code: 'HTTP_BODY', reason: 'body does not contain /^l/' }],
    ['is empty', '', 'body=x', { code: 'HTTP_BODY', reason: 'body is empty' }],
    ['has a text', json, 'json=status=UP', undefined],
    ['has a text in quotes', json, 'json=status="UP"', undefined],
    ['has a number', json, 'json=n=1', undefined],
    ['has a number written otherwise', json, 'json=n=1.0', undefined],
    ['has true', json, 'json=ok=true', undefined],
    ['has null', json, 'json=none=null', undefined],
    ['has a key with a dot', json, 'json=a\\.b=dot', undefined],
    ['has an item of a list', json, 'json=list.0.x=y', undefined],
    ['has an item of a list, in brackets', json, 'json=$.list[0].x=y', undefined],
    ['has an object', json, 'json=deep.a={ "b": 2.5 }', undefined],
    ['has all of them', json, 'json=n=1&json=ok=true&body=UP', undefined],
    [
      'has another text',
      json,
      'json=status=DOWN',
      { code: 'HTTP_JSON', reason: 'json status is "UP", not DOWN' },
    ],
    ['has another number', json, 'json=n=1&json=deep.a.b=2', { reason: 'json deep.a.b is 2.5, not 2' }],
    ['has no such key', json, 'json=status.x=1', { reason: 'json status.x is missing' }],
    ['has no such index', json, 'json=list.1=1', { reason: 'json list.1 is missing' }],
    [
      'does not inherit keys',
      json,
      'json=constructor.name=Object',
      { reason: 'json constructor.name is missing' },
    ],
    ['is not JSON', '<html>', 'json=a=b', { code: 'HTTP_JSON', reason: 'body is not JSON (text/html)' }],
    ['is no JSON but empty', '', 'json=a=b', { code: 'HTTP_JSON', reason: 'body is not JSON (empty)' }],
    [
      'is cut JSON',
      json.slice(0, -1),
      'json=n=1',
      { code: 'HTTP_JSON', reason: 'body is not JSON (text/html)' },
    ],
    [
      'is JSON far too deep',
      '['.repeat(500_000),
      'json=n=1',
      { code: 'HTTP_JSON', reason: 'body is not JSON (text/html)' },
    ],
  ]
  for (const [what, body, option, expected] of table) {
    test(`${what}: ${option}`, async () => {
      answer = respond('200 OK', { 'Content-Type': 'text/html' }, body)
      if (expected === undefined) assert.deepEqual(await probe(`/#${option}`), { detail: '200 OK' })
      else await assertFails(probe(`/#${option}`), expected)
    })
  }

  test('may come in chunks', async () => {
    answer = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n')
      socket.end('5\r\n":1}\n\r\n0\r\n\r\n')
    }
    await probe('/#json=a=1')
  })

  test('may end with the connection', async () => {
    answer = (socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nall is well')
    await probe('/#body=/well$/')
  })

  test('is read up to 1 MiB', async () => {
    answer = respond('200 OK', {}, `${' '.repeat(1024 * 1024 - 1)}x`)
    await probe('/#body=/ x$/')
    answer = respond('200 OK', {}, `${' '.repeat(1024 * 1024)}x`)
    await assertFails(probe('/#body=x'), {
      code: 'HTTP_BODY',
      reason: 'body is larger than 1 MiB: not searched',
    })
  })

  test('that never ends is left at 1 MiB', async () => {
    answer = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const pour = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536)));
      }
      socket.on('drain', pour)
      pour()
    }
    await assertFails(probe('/#body=x'), { reason: 'body is larger than 1 MiB: not searched' })
  })

  test('that is compressed is not searched', async () => {
    answer = respond('200 OK', { 'Content-Encoding': 'gzip' }, 'x')
    await assertFails(probe('/#body=x'), { reason: 'body is compressed (gzip), which was not asked for' })
  })

  test('does not matter when the status is wrong', async () => {
    answer = respond('500 Oh', {}, 'x')
    await assertFails(probe('/#body=x'), { reason: '500 Oh' })
  })
})

describe('a header', () => {
  const table: [string, Partial<FailureDetail> | undefined][] = [
    ['header=X-Ready:yes', undefined],
    ['header=x-ready: yes', undefined],
    ['header=Content-Type:text/html', undefined],
    ['header=Content-Type:text/html; charset=x', undefined],
    ['header=X-List:b', undefined],
    ['header=X-List:c', undefined],
    ['header=X-Ready:/^Y/i&header=X-List:/a, b/', undefined],
    ['header=X-Ready:ye', { code: 'HTTP_HEADER', reason: 'header X-Ready is "yes", not "ye"' }],
    ['header=X-Ready:/^e/', { reason: 'header X-Ready is "yes", not /^e/' }],
    ['header=X-List:d', { reason: 'header X-List is "a, b, c", not "d"' }],
    ['header=X-Ready:yes&header=X-None:1', { reason: 'header X-None is missing' }],
  ]
  for (const [option, expected] of table) {
    test(option, async () => {
      answer = (socket) => {
        const head = 'X-Ready: yes\r\nContent-Type: text/html; charset=x\r\nX-List: a, b\r\nX-LIST: c\r\n'
        socket.end(`HTTP/1.1 200 OK\r\n${head}Content-Length: 0\r\n\r\n`)
      }
      if (expected === undefined) await probe(`/#${option}`)
      else await assertFails(probe(`/#${option}`), expected)
    })
  }
})

describe('what is shown', () => {
  const table: [string, string][] = [
    ['http://auth:8080/healthz', 'http://auth:8080/healthz'],
    ['http://auth', 'http://auth'],
    ['http://auth/', 'http://auth/'],
    ['HTTPS://Auth:8443?x=1', 'https://auth:8443?x=1'],
    ['http://app:hunter22@auth/', 'http://app@auth/'],
    ['http://ghp_token@auth/', 'http://***@auth/'],
    ['http://:hunter22@auth/', 'http://auth/'],
    ['http://auth/?a=b&access_token=hunter22&c=d', 'http://auth/?a=b&access_token=***&c=d'],
    ['http://auth/?API%4Bey=hunter22', 'http://auth/?API%4Bey=***'],
    ['http://auth/?X-Amz-Signature=hunter22&author=bob', 'http://auth/?X-Amz-Signature=***&author=bob'],
    ['http://auth/?sig=&password=hunter=22', 'http://auth/?sig=***&password=***'],
    ['http://auth/?token', 'http://auth/?token'],
  ]
  for (const [target, shown] of table) {
    test(target, () => {
      assert.equal(bound(http, target).shown, shown)
    })
  }

  test('holds no secret that a server says back', async () => {
    const echoed = (request: string): string => {
      const [, query] = /^GET (\S+)/.exec(request) ?? []
      const fields = [...request.matchAll(/^(?:Authorization|X-Api-Key|Cookie): (.*)$/gim)].map(
        (match) => match[1],
      )
      return [query, ...fields].join(' and ')
    }
    answer = (socket, request) => respond(`403 ${echoed(request)}`)(socket)
    const failure = await failureOf(
      probe(
        '/?token=t0psecret&x=1#request-header=Authorization:Bearer hunter22&request-header=X-Api-Key:k3y-k3y&request-header=Cookie:a=c00kie',
      ),
    )
    assert.doesNotMatch(JSON.stringify(failure), /t0psecret|hunter22|k3y-k3y|c00kie/)
    assert.match(failure.reason, /^403 .*x=1/)
    answer = (socket, request) =>
      respond('200 OK', {}, `{"you":"${/Basic (\S+)/.exec(request)?.[1]}"}`)(socket)
    const target = bound(http, `http://u:hunter22@127.0.0.1:${server.port}/#json=you=me`)
    assert.match((await failureOf(target.probe(watchedAttempt()))).reason, /^json you is "\*\*\*", not me$/)
  })
})

describe('a target that is refused', () => {
  const table: [string, RegExp][] = [
    // Nothing of it is repeated: it may be a piece of something else.
    ...['auth:8080/healthz', 'auth', '[::1]:80'].map((text): [string, RegExp] => [
      text,
      /^must begin with http:\/\/ or https:\/\/$/,
    ]),
    ['app:hunter22@auth:80', /^must begin with http:\/\/ or https:\/\/$/],
    ['auth?token=hunter22', /^must begin with http:\/\/ or https:\/\/$/],
    ['htps://auth', /\(did you mean "https?"\?\)/],
    ['postgres://auth', /^must begin with http:\/\/ or https:\/\/$/],
    ['', /^must begin with/],
    ['http://', /^has no host$/],
    ['http://:80', /^has no host$/],
    ['http://auth:0', /port from 1 to 65535/],
    ['http://auth:99999/', /port from 1 to 65535/],
    ['http://a b/', /white space/],
    ['http://auth/\n', /white space/],
    ['http://app:hunter/22@auth', /^is not a valid URL/],
    ['http://a%3Ab:c@auth/', /^has a user with a colon/],
    ['http://a:b@auth/#request-header=Authorization:x', /^has both a user and the header Authorization$/],
    ['http://a#status=abc', /status="abc" must be statuses/],
    ['http://a#status=299-200', /must be statuses/],
    ['http://a#status=', /must be statuses/],
    ['http://a#status=1000', /must be statuses/],
    ['http://a#method=GET /', /must be a method/],
    ['http://a#method=connect', /cannot be CONNECT/],
    ['http://a#method=HEAD&body=x', /^has method=HEAD/],
    ['http://a#request-header=X', /^option request-header must be Name:value$/],
    ['http://a#request-header=:x', /must be Name:value/],
    ['http://a#request-header=X Y:hunter22', /name that no header can have$/],
    ['http://a#request-header=content-length:1', /cannot be content-length/],
    ['http://a#request-header=X:a%0d%0aY:b', /line break or control character in header X$/],
    ['http://a#request-header=X:@/two-lines', /line break or control character in header X$/],
    ['http://a#request-header=X:@/none', /^cannot read \/none$/],
    ['http://a#request-body=@/none', /^cannot read \/none$/],
    ['http://a#header=x', /must be Name:value/],
    ['http://a#header=X:/(/', /valid \/regex\//],
    ['http://a#json=x', /must be path.to.key=value/],
    ['http://a#json==x', /must be path.to.key=value/],
    ['http://a#json=a..b=x', /empty key/],
    ['http://a#redirects=-1', /whole number of at least 0/],
    ['http://a#redirects=51', /must be at most 50/],
    ['http://a#insecure&ca=x', /both insecure and ca=/],
  ]
  for (const [target, message] of table) {
    test(JSON.stringify(target), () => {
      assert.throws(
        () => bound(http, target, { '/two-lines': 'a\nb\n' }),
        (error) => {
          assert.ok(error instanceof UsageError, String(error))
          assert.match(error.message, message)
          assert.doesNotMatch(error.message, /hunter/)
          return true
        },
      )
    })
  }
})
