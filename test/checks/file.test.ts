import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { describe, test } from 'node:test'
import { type CertificateDemands, examineCertificate } from '../../src/checks/certificate.ts'
import type { Failure, FailureDetail } from '../../src/checks/failure.ts'
import file from '../../src/checks/file.ts'
import type { BoundTarget } from '../../src/checks/kind.ts'
import { UsageError } from '../../src/plan/usage-error.ts'
import { makeAuthority } from '../servers/certificates.ts'
import { makeTempDir } from '../servers/temp.ts'
import { assertFails, failureOf, watchedAttempt } from './attempts.ts'
import { bound } from './bound.ts'

const HOUR = 3_600_000
const dir = makeTempDir('file')
const authority = makeAuthority()

function bind(text: string): BoundTarget {
  return bound(file, text)
}

function probe(text: string): Promise<{ readonly detail?: string }> {
  return bind(text).probe(watchedAttempt())
}

function written(name: string, content: string | Buffer): string {
  const path = join(dir, name)
  writeFileSync(path, content)
  return path
}

describe('a path that exists', () => {
  test('is ready, whatever it is', async () => {
    const pipe = join(dir, 'pipe')
    execFileSync('mkfifo', [pipe])
    const socket = join(dir, 'socket')
    const server = net.createServer().listen(socket)
    try {
      assert.deepEqual(await probe(written('plain', 'x')), {})
      assert.deepEqual(await probe(dir), { detail: 'directory' })
      assert.deepEqual(await probe(pipe), { detail: 'not a regular file' })
      assert.deepEqual(await probe('/dev/zero'), { detail: 'not a regular file' })
      await new Promise<void>((resolve) => (server.listening ? resolve() : server.once('listening', resolve)))
      assert.deepEqual(await probe(socket), { detail: 'socket' })
    } finally {
      server.close()
    }
  })

  test('may be relative to the working directory, or a file: URL', async () => {
    const path = written('with space#and%', 'x')
    await probe(path.replace('#', '%23'))
    await probe(
      `file://${path.replace(' ', '%20').replace('%', '%25').replace('%2520', '%20').replace('#', '%23')}25`,
    )
    await probe('package.json')
  })
})

describe('a path that does not exist', () => {
  test('is what until=down waits for', async () => {
    const expected = { code: 'ENOENT', reason: 'no such file', down: true }
    await assertFails(probe(join(dir, 'none')), expected)
    await assertFails(probe(join(dir, 'none/none#contains=x')), expected)
    symlinkSync('nowhere', join(dir, 'dangling'))
    await assertFails(probe(join(dir, 'dangling')), expected)
    await assertFails(probe(join(written('plain2', ''), 'below')), { ...expected, code: 'ENOTDIR' })
  })

  test('appears later', async () => {
    const target = bind(join(dir, 'late'))
    await assertFails(target.probe(watchedAttempt()), { down: true })
    written('late', '')
    await target.probe(watchedAttempt())
  })
})

describe('a path that cannot be looked at', () => {
  test('is never opened when it is a pipe, a device or a directory', async () => {
    const pipe = join(dir, 'pipe2')
    execFileSync('mkfifo', [pipe])
    for (const option of ['contains=x', 'min-size=1', 'certificate']) {
      await assertFails(probe(`${pipe}#${option}`), { reason: 'is not a regular file', lasting: true })
      await assertFails(probe(`/dev/zero#${option}`), { reason: 'is not a regular file', lasting: true })
      await assertFails(probe(`${dir}#${option}`), { reason: 'is a directory', lasting: true })
    }
  })

  test('says that permission is denied', async (t) => {
    const { seteuid, geteuid } = process
    if (seteuid === undefined || geteuid === undefined) return t.skip('no users here')
    const closed = join(dir, 'closed')
    mkdirSync(closed)
    writeFileSync(join(closed, 'file'), '')
    chmodSync(closed, 0)
    const unreadable = written('unreadable', 'x')
    chmodSync(unreadable, 0)
    const user = geteuid()
    for (const target of [join(closed, 'file'), `${unreadable}#contains=x`]) {
      const bound = bind(target)
      if (user === 0) seteuid(65_534)
      const result = bound.probe(watchedAttempt())
      seteuid(user)
      await assertFails(result, { code: 'EACCES', reason: 'permission denied', lasting: true })
    }
  })

  test('says that symbolic links loop, and that a name is too long', async () => {
    symlinkSync('loop', join(dir, 'loop'))
    await assertFails(probe(join(dir, 'loop')), { reason: 'a loop of symbolic links', lasting: true })
    await assertFails(probe(join(dir, 'x'.repeat(300))), { reason: 'path is too long', lasting: true })
  })
})

describe('content', () => {
  const table: [string, string, Partial<FailureDetail> | string | undefined][] = [
    ['hello', 'min-size=5', '5 bytes'],
    ['hello', 'min-size=6', { code: 'TOO_SMALL', reason: '5 bytes of 6' }],
    ['', 'min-size=1', { code: 'TOO_SMALL', reason: 'empty file' }],
    ['', 'contains=x', { code: 'TOO_SMALL', reason: 'empty file' }],
    ['', 'certificate', { code: 'TOO_SMALL', reason: 'empty file' }],
    ['all is well', 'contains=is well', undefined],
    ['all is well', 'contains=/^all.*WELL$/i', undefined],
    ['all is well', 'contains=ill', { code: 'NOT_FOUND', reason: 'does not contain "ill"' }],
    ['all is well', 'contains=/^is/', { reason: 'does not contain /^is/' }],
    ['all is well', 'contains=well&min-size=100', { reason: '11 bytes of 100' }],
  ]
  for (const [content, option, expected] of table) {
    test(`${JSON.stringify(content)} with ${option}`, async () => {
      const path = written('content', content)
      if (typeof expected === 'object') await assertFails(probe(`${path}#${option}`), expected)
      else assert.equal((await probe(`${path}#${option}`)).detail, expected)
    })
  }

  test('of a file whose size the system does not know is read all the same', async () => {
    await probe('/proc/self/status#contains=/^Pid:/m')
  })

  test('of more than 16 MiB is not read', async () => {
    const path = join(dir, 'large')
    const descriptor = openSync(path, 'w')
    ftruncateSync(descriptor, 100 * 1024 * 1024)
    closeSync(descriptor)
    await probe(`${path}#min-size=100000000`)
    await assertFails(probe(`${path}#contains=x`), {
      code: 'EFBIG',
      reason: 'larger than 16 MiB: not read',
      lasting: true,
    })
  })
})

describe('a certificate', () => {
  const good = authority.issue({ names: ['app.example', '*.apps.example'], ips: ['10.0.0.1'], days: 10 })
  const { certFile, keyFile } = good

  test('that is valid now is ready', async () => {
    assert.equal(
      (await probe(`${certFile}#certificate`)).detail,
      'certificate for app.example, valid for 10d',
    )
  })

  test('may be the first of a chain, with its key in front', async () => {
    const path = written('chain.pem', readFileSync(keyFile))
    appendFileSync(
      path,
      `# the leaf\n${readFileSync(certFile, 'utf8')}${readFileSync(authority.caFile, 'utf8')}`,
    )
    await probe(`${path}#for=app.example&matches-key=${path}`)
  })

  for (const host of ['app.example', 'APP.example', 'x.apps.example', '*.apps.example', '10.0.0.1']) {
    test(`is for ${host}`, async () => {
      await probe(`${certFile}#for=${host}`)
    })
  }
  for (const host of ['other.example', 'apps.example', 'a.b.apps.example', '10.0.0.2', '::1']) {
    test(`is not for ${host}`, () =>
      assertFails(probe(`${certFile}#for=app.example&for=${host}`), {
        code: 'ERR_TLS_CERT_ALTNAME_INVALID',
        reason: `certificate is for app.example, *.apps.example, 10.0.0.1, not ${host}`,
      }))
  }

  test('with nothing but a common name is for no host', async () => {
    const old = authority.issue({ commonName: 'app.example' })
    await probe(`${old.certFile}#certificate`)
    const failure = await failureOf(probe(`${old.certFile}#for=app.example`))
    assert.equal(
      failure.reason,
      'certificate names no host: it has the common name app.example, but no subjectAltName',
    )
  })

  test('belongs to its key and to no other', async () => {
    const other = authority.issue({ names: ['x'] })
    await probe(`${certFile}#matches-key=${keyFile}`)
    await assertFails(probe(`${certFile}#matches-key=${other.keyFile}`), {
      code: 'KEY_MISMATCH',
      reason: 'certificate does not belong to the private key',
    })
  })

  test('whose key is missing is not a missing file', async () => {
    const none = join(dir, 'none.key')
    await assertFails(probe(`${certFile}#matches-key=${none}`), {
      code: 'ENOENT',
      reason: `${none}: no such file`,
    })
    await assertFails(probe(`${certFile}#matches-key=${dir}`), {
      reason: `${dir}: is a directory`,
      lasting: true,
    })
  })

  test('whose key is none, or is locked', async () => {
    const garbage = written('garbage.key', 'x')
    await assertFails(probe(`${certFile}#matches-key=${garbage}`), {
      reason: 'not a private key in PEM form',
    })
    const locked = join(dir, 'locked.key')
    execFileSync('openssl', ['ec', '-in', keyFile, '-aes128', '-passout', 'pass:x', '-out', locked], {
      stdio: 'ignore',
    })
    await assertFails(probe(`${certFile}#matches-key=${locked}`), {
      reason: 'private key is locked with a passphrase',
    })
  })

  test('must last as long as is asked', async () => {
    await probe(`${certFile}#valid-for=9d`)
    const soon = authority.issue({ names: ['x'], notAfter: new Date(Date.now() + 5 * HOUR + 5000) })
    await assertFails(probe(`${soon.certFile}#valid-for=24h`), {
      code: 'CERT_EXPIRES_SOON',
      reason: 'certificate is valid for only 5h more',
    })
  })

  const dates: [string, Parameters<typeof authority.issue>[0], string][] = [
    [
      'expired 3 days ago',
      { notAfter: new Date(Date.now() - 3 * 24 * HOUR - 60_000) },
      'certificate expired 3 days ago',
    ],
    [
      'expired an hour ago',
      { notAfter: new Date(Date.now() - HOUR - 60_000) },
      'certificate expired 1 hour ago',
    ],
    [
      'begins later',
      { notBefore: new Date('2037-01-02T03:04:05Z'), notAfter: new Date('2038-01-01') },
      'certificate not valid before 2037-01-02T03:04:05Z',
    ],
  ]
  for (const [what, request, reason] of dates) {
    test(`that ${what} is waited for`, async () => {
      const issued = authority.issue({ names: ['x'], ...request })
      await assertFails(probe(`${issued.certFile}#certificate`), { reason })
    })
  }

  const broken: [string, string, Partial<FailureDetail>][] = [
    ['is none', 'hello', { reason: 'not a certificate', hint: 'PEM form is read' }],
    [
      'is cut off',
      readFileSync(certFile, 'utf8').slice(0, 200),
      { reason: 'certificate is cut off', hint: undefined },
    ],
    [
      'is broken',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      { reason: 'not a certificate', hint: 'its PEM form is broken' },
    ],
    ['is a key', readFileSync(keyFile, 'utf8'), { reason: 'not a certificate' }],
  ]
  for (const [what, content, expected] of broken) {
    test(`that ${what} is waited for`, () =>
      assertFails(probe(`${written('broken.pem', content)}#certificate`), {
        code: 'NOT_A_CERTIFICATE',
        ...expected,
      }))
  }

  test('is judged by the clock of the moment', () => {
    const pem = readFileSync(certFile, 'utf8')
    const demands: CertificateDemands = { hosts: [], validForMs: 0, keyPem: undefined }
    assert.throws(
      () => examineCertificate(pem, demands, Date.now() + 11 * 24 * HOUR),
      (error: Failure) => /^certificate expired (23 hours|1 day) ago$/.test(error.reason),
    )
  })
})

describe('a target that is refused', () => {
  const table: [string, RegExp][] = [
    ['', /^must not be empty$/],
    ['file://elsewhere/x', /^must be a path, or file:\/\/\/ and a whole path$/],
    ['file:x', /^must be a path/],
    ['file:///%ff', /UTF-8/],
    ['file:///%00', /NUL/],
    ['x#min-size=0', /min-size="0" must be a whole number of at least 1/],
    ['x#contains=', /contains must not be empty/],
    ['x#contains=/(/', /is not a valid \/regex\//],
    ['x#valid-for=0', /must be longer than 0/],
    ['x#certificate=false&for=y', /certificate=false together/],
  ]
  for (const [target, message] of table) {
    test(JSON.stringify(target), () => {
      assert.throws(
        () => bind(target),
        (error) => error instanceof UsageError && message.test(error.message),
      )
    })
  }
})
