import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import http from '../../../src/checks/http.ts'
import { makeAuthority } from '../../servers/certificates.ts'
import { freePort } from '../../servers/ports.ts'
import { assertFails, failureOf, watchedAttempt } from '../attempts.ts'
import { bound } from '../bound.ts'
import { respond, startWire, type WireServer } from './wire.ts'

type Serve = (socket: Socket, request: string) => void

let here: WireServer
let elsewhere: WireServer
let routes: Readonly<Record<string, Serve>> = {}
before(async () => {
  here = await startWire((socket, request) => {
    const path = request.split(' ')[1] ?? ''
    const route = routes[path] ?? respond('404 Not Found')
    route(socket, request)
  })
  elsewhere = await startWire(respond('200 OK'))
})
after(async () => {
  await here.stop()
  await elsewhere.stop()
})

function to(location: string, status = '302 Found', headers: Readonly<Record<string, string>> = {}): Serve {
  return respond(status, { Location: location, ...headers })
}

function base(): string {
  return `http://127.0.0.1:${here.port}`
}

async function probe(path: string): Promise<unknown> {
  try {
    return await bound(http, `${base()}${path}`).probe(watchedAttempt())
  } finally {
    await here.idle()
    await elsewhere.idle()
  }
}

const requests = (server: WireServer, count: number): readonly string[] => server.requests.slice(-count)

describe('a redirect', () => {
  test('is followed, and the place it led to is named', async () => {
    routes = { '/': to('/a/b'), '/a/b': to('../c?x=1#frag'), '/c?x=1': respond('200 OK') }
    assert.deepEqual(await probe('/'), { detail: `200 OK at ${base()}/c?x=1` })
    routes = { '/': to('/c'), '/c': respond('503 No') }
    await assertFails(probe('/'), { code: 'HTTP_503', reason: `503 No at ${base()}/c` })
  })

  test('is the answer when redirects=0, when its status was asked for, or when it leads nowhere', async () => {
    routes = {
      '/': to('/a'),
      '/none': respond('302 Found'),
      '/300': to('/a', '300 Choices'),
      '/a': respond('200 OK'),
    }
    await assertFails(probe('/#redirects=0'), { code: 'HTTP_302', reason: '302 Found' })
    assert.deepEqual(await probe('/#redirects=0&status=302'), { detail: '302 Found' })
    assert.deepEqual(await probe('/#status=200-399'), { detail: '302 Found' })
    await assertFails(probe('/none'), { code: 'HTTP_302', reason: '302 Found' })
    await assertFails(probe('/300'), { code: 'HTTP_300', reason: '300 Choices' })
  })

  test('is followed five times, or as often as is said', async () => {
    routes = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`/${i}`, to(`/${i + 1}`)]))
    routes = { ...routes, '/5': respond('200 OK') }
    await probe('/0')
    routes = { ...routes, '/5': to('/6') }
    await assertFails(probe('/0'), {
      code: 'HTTP_REDIRECTS',
      reason: `more than 5 redirects, the last to ${base()}/6`,
      hint: 'redirects= allows more',
    })
    await assertFails(probe('/0#redirects=1'), { reason: `more than 1 redirects, the last to ${base()}/2` })
    routes = { ...routes, '/6': respond('200 OK') }
    await probe('/0#redirects=6')
  })

  test('that comes back is a loop', async () => {
    routes = { '/': to('/a'), '/a': to('/b'), '/b': to('/a') }
    await assertFails(probe('/'), {
      code: 'HTTP_REDIRECT_LOOP',
      reason: `redirect loop: ${base()}/a -> ${base()}/b -> ${base()}/a`,
      hint: undefined,
    })
    routes = { '/': to('/a'), '/a': to('/b'), '/b': to('/c'), '/c': to('/d'), '/d': to('/') }
    await assertFails(probe('/'), {
      reason: `redirect loop: ${base()}/ -> ${base()}/a -> ${base()}/b -> … -> ${base()}/`,
    })
    routes = { '/': to('/', '302 Found', { 'Set-Cookie': 'a=b' }) }
    await assertFails(probe('/'), {
      reason: `redirect loop: ${base()}/ -> ${base()}/`,
      hint: 'the server sets a cookie, and readywhen keeps none',
    })
  })

  test('to something that is no HTTP URL is said to be', async () => {
    for (const location of ['ftp://x/y', 'http://[', 'http://x:0/', 'javascript:alert(1)']) {
      routes = { '/': to(location) }
      const failure = await failureOf(probe('/'))
      assert.match(failure.reason, /^redirected to "[^"]+", which is no HTTP URL$/)
      assert.equal(failure.code, 'HTTP_REDIRECT')
    }
  })

  test('to a place that is not there does not make the target itself be down', async () => {
    const port = await freePort()
    routes = { '/': to(`http://127.0.0.1:${port}/x?token=hunter22`) }
    await assertFails(probe('/'), {
      code: 'ECONNREFUSED',
      reason: `connection refused (redirected to http://127.0.0.1:${port}/x?token=***)`,
      down: false,
    })
  })
})

describe('the method after a redirect', () => {
  const table: [string, string, string, boolean][] = [
    ['GET', '301', 'GET', false],
    ['POST', '301', 'GET', false],
    ['POST', '302', 'GET', false],
    ['POST', '303', 'GET', false],
    ['POST', '307', 'POST', true],
    ['POST', '308', 'POST', true],
    ['PUT', '302', 'PUT', true],
    ['PUT', '303', 'GET', false],
    ['HEAD', '303', 'HEAD', false],
  ]
  for (const [method, status, then, keepsBody] of table) {
    test(`${method} and ${status}: ${then}`, async () => {
      routes = { '/': to('/a', status), '/a': respond('200 OK') }
      const body =
        method === 'GET' || method === 'HEAD' ? '' : '&request-body=hello&request-header=Content-Type:x/y'
      await probe(`/#method=${method}${body}`)
      const [last = ''] = requests(here, 1)
      assert.equal(last.split(' ')[0], then)
      assert.equal(last.endsWith('\r\n\r\nhello'), keepsBody)
      assert.equal(/content-(type|length)/i.test(last), keepsBody)
    })
  }
})

describe('secrets', () => {
  const secret =
    'request-header=Authorization:Bearer hunter22&request-header=Cookie:a=b&request-header=X-Key:k&request-header=Accept:x/y'

  test('stay with redirects within the origin', async () => {
    routes = { '/': to('/a'), '/a': respond('200 OK') }
    await probe(`/#${secret}`)
    assert.match(requests(here, 1)[0] ?? '', /Authorization: Bearer hunter22\r\nCookie: a=b\r\nX-Key: k\r\n/)
  })

  test('do not go to another origin, and neither does a Host of its own', async () => {
    routes = { '/': to(`http://127.0.0.1:${elsewhere.port}/x`) }
    await probe(`/#${secret}&request-header=Host:app.example`)
    assert.equal(
      requests(elsewhere, 1)[0],
      `GET /x HTTP/1.1\r\nAccept: x/y\r\nHost: 127.0.0.1:${elsewhere.port}\r\nUser-Agent: readywhen\r\nConnection: close\r\n\r\n`,
    )
  })

  test('of the URL do not go to another origin, nor do those of a Location', async () => {
    routes = { '/': to(`http://other:pass99@127.0.0.1:${elsewhere.port}/x`) }
    const target = bound(http, `http://app:hunter22@127.0.0.1:${here.port}/`)
    assert.deepEqual(await target.probe(watchedAttempt()), {
      detail: `200 OK at http://127.0.0.1:${elsewhere.port}/x`,
    })
    assert.doesNotMatch(requests(elsewhere, 1)[0] ?? '', /authorization/i)
  })

  test('of a body do not go to another origin', async () => {
    routes = { '/': to(`http://127.0.0.1:${elsewhere.port}/x`, '307 Temporary Redirect') }
    const before = elsewhere.requests.length
    await assertFails(probe('/#request-body=hunter22'), {
      code: 'HTTP_REDIRECT',
      reason: `redirected to another origin (http://127.0.0.1:${elsewhere.port}/x), where request-body= is not sent`,
    })
    assert.equal(elsewhere.requests.length, before)
  })

  test('that come back in a Location are masked', async () => {
    routes = {
      '/?key=hunter22': to('/next/hunter22?session=abcd'),
      '/next/hunter22?session=abcd': respond('500 No'),
    }
    await assertFails(probe('/?key=hunter22'), { reason: `500 No at ${base()}/next/***?session=***` })
  })
})

test('a redirect from http to https uses the TLS options', async () => {
  const authority = makeAuthority()
  const files = authority.issue({ names: ['app.example'] })
  const secured = await startWire(respond('200 OK'), { files })
  routes = { '/': to(`https://127.0.0.1:${secured.port}/`) }
  try {
    await probe(`/#ca=${authority.caFile}&servername=app.example`)
    const failure = await failureOf(probe(`/#ca=${authority.caFile}`))
    assert.equal(
      failure.reason,
      `certificate is for app.example, not 127.0.0.1 (redirected to https://127.0.0.1:${secured.port}/)`,
    )
    assert.equal(failure.lasting, true)
  } finally {
    await secured.stop()
  }
})
