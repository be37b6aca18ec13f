import assert from 'node:assert/strict'
import { copyFileSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { RunOptions } from '../blackbox/readywhen.ts'
import { makeAuthority } from '../servers/certificates.ts'
import { type FaultServer, startFault } from '../servers/faults.ts'
import { startNginx } from '../servers/nginx.ts'
import { makeTempDir } from '../servers/temp.ts'
import { addDirectories, afterMounting, binary, makeRoot, readywhen, skipUnlessRoot } from './binary.ts'

const BUSYBOX = ['/usr/bin/busybox', '/bin/busybox'].find((path) => existsSync(path))
const MUSL = '/lib/ld-musl-x86_64.so.1'

let server: FaultServer
before(async () => {
  server = await startFault('silent')
})
after(() => server.stop())

const ready = (): string[] => ['--once', '--log=json', `--tcp=127.0.0.1:${server.port}`]

function assertReady({ code, stderr }: { code: number | null; stderr: string }): void {
  assert.equal(code, 0, stderr)
  assert.match(stderr, /"state":"ready"/)
}

describe('a root with nothing but the binary', { skip: skipUnlessRoot }, () => {
  let root: string
  let inside: { under: string[]; command: string[] }
  before(async () => {
    root = await makeRoot()
    inside = { under: ['chroot', root], command: ['/readywhen'] }
  })

  test('it waits there: no /proc, no /etc, no /dev, no library', async () => {
    assertReady(await readywhen(ready(), inside))
  })

  test('every kind is in the binary: each is tried, and says why it is not ready', async () => {
    const kinds = ['tcp=127.0.0.1:1', 'http=https://127.0.0.1:1/', 'postgres=postgres://a:b@127.0.0.1:1/c']
    kinds.push('redis=rediss://127.0.0.1:1', 'dns=nowhere.example', 'file=/absent')
    const { code, stderr } = await readywhen(['--once', ...kinds.map((kind) => `--${kind}`)], inside)
    assert.equal(code, 1, stderr)
    const reasons = stderr.split('\n').filter((line) => /^not ready {2}/.test(line))
    assert.equal(reasons.length, kinds.length, stderr)
    assert.equal(reasons.filter((line) => line.includes('connection refused')).length, 5, stderr)
    assert.doesNotMatch(stderr, /bug|Error|ENO/)
  })

  test('without /etc/resolv.conf it says that the name was not found, and of whom it asked', async () => {
    const { code, stderr } = await readywhen(['--once', '--tcp=db:5432'], inside)
    assert.equal(code, 1, stderr)
    assert.match(stderr, /^not ready +tcp db:5432 .*(resolv\.conf|DNS server|127\.0\.0\.1)/m)
  })

  test('TLS: the built-in authorities where the image brings none, others from a file', async () => {
    const authority = makeAuthority()
    const web = await startNginx('location / { return 200 "ok"; }', authority.issue({ ips: ['127.0.0.1'] }))
    copyFileSync(authority.caFile, join(root, 'ca.pem'))
    try {
      const url = `https://127.0.0.1:${web.port}/`
      const unknown = await readywhen(['--once', `--http=${url}`], inside)
      assert.equal(unknown.code, 1)
      assert.match(unknown.stderr, /certificate is signed by an unknown authority/)
      assert.equal((await readywhen(['--once', `--http=${url}#ca=/ca.pem`], inside)).code, 0)
    } finally {
      await web.stop()
    }
  })

  test('it installs itself there', async () => {
    addDirectories(root, 'share')
    const { code, stderr } = await readywhen(['install', '/share'], inside)
    assert.equal(code, 0, stderr)
    const copy = { under: ['chroot', root], command: ['/share/readywhen'] }
    assertReady(await readywhen(ready(), copy))
  })

  test('what is to be become and is not there is 127', async () => {
    assert.equal((await readywhen([...ready(), '--', 'serve'], inside)).code, 127)
  })

  test('the last words go to /dev/termination-log where there is one', async () => {
    addDirectories(root, 'dev')
    const log = join(root, 'dev/termination-log')
    writeFileSync(log, '')
    await readywhen(ready(), inside)
    assert.equal(readFileSync(log, 'utf8'), '', 'a probe says nothing')
    await readywhen([`--tcp=127.0.0.1:${server.port}`], inside)
    assert.match(readFileSync(log, 'utf8'), /^ready/)
  })

  test('it runs from a read-only file system', async () => {
    const under = [
      ...afterMounting(`mount --bind ${root} ${root}\nmount -o remount,bind,ro ${root}`),
      'chroot',
      root,
    ]
    assertReady(await readywhen(ready(), { under, command: ['/readywhen'] }))
    const { code, stderr } = await readywhen(['install', '/other'], { under, command: ['/readywhen'] })
    assert.deepEqual({ code, stderr: /read-only/.test(stderr) }, { code: 1, stderr: true })
  })
})

const noBusybox = BUSYBOX === undefined && 'there is no busybox: apt-get install busybox-static'

describe('a root like that of Alpine', { skip: skipUnlessRoot || noBusybox }, () => {
  test('it waits and becomes a command of busybox', async () => {
    const root = await makeRoot()
    addDirectories(root, 'bin', 'lib', 'proc', 'etc')
    copyFileSync(BUSYBOX ?? '', join(root, 'bin/busybox'))
    if (existsSync(MUSL)) copyFileSync(MUSL, join(root, MUSL))
    symlinkSync('busybox', join(root, 'bin/sh'))
    writeFileSync(join(root, 'etc/resolv.conf'), 'nameserver 127.0.0.1\n')
    const inside = { under: ['chroot', root], command: ['/readywhen'], env: { PATH: '/usr/sbin:/bin' } }
    const { code, stdout } = await readywhen(
      [...ready(), '--', 'sh', '-c', 'echo $$ is busybox; exit 5'],
      inside,
    )
    assert.equal(code, 5)
    assert.match(stdout, /is busybox/)
  })
})

describe('a root like that of Debian', { skip: skipUnlessRoot }, () => {
  const readOnly = `mkdir -p "$ROOT"; mount --bind / "$ROOT"; mount -o remount,bind,ro "$ROOT"`

  test('it waits there with everything read-only, and becomes a command', async () => {
    const ROOT = makeTempDir('debian')
    const under = [...afterMounting(readOnly), 'chroot', ROOT]
    const args = [...ready(), '--', '/bin/sh', '-c', 'exit 6']
    const { code, stderr } = await readywhen(args, { under, env: { ROOT } })
    assert.equal(code, 6, stderr)
  })
})

describe('where there is no /proc', { skip: skipUnlessRoot }, () => {
  const under = afterMounting('umount --lazy /proc')
  const link = join(makeTempDir('link'), 'waiter')
  symlinkSync(binary, link)
  const ways: Readonly<Record<string, RunOptions>> = {
    'by its path': {},
    'by a relative path': { command: [`./${basename(binary)}`], cwd: dirname(binary) },
    'by its name in PATH': { command: ['waiter'], env: { PATH: `${dirname(link)}:/usr/bin:/bin` } },
    'by a symbolic link': { command: [link] },
    'under another name': { under: [...under, 'bash', '-c', 'exec -a nonsense "$@"', 'bash'] },
  }
  for (const [way, options] of Object.entries(ways)) {
    test(`it finds itself when it is started ${way}`, async () => {
      assertReady(await readywhen(ready(), { under, ...options }))
    })
  }
})
