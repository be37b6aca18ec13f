import assert from 'node:assert/strict'
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'node:test'
import { peer } from './peer.ts'

let count = 0
/** A path of this run in a directory that exists, where nothing is. */
async function free(): Promise<string> {
  count += 1
  return join((await peer()).directory, `${process.pid}-${count}`)
}

test('a file is written and read, as text and as bytes', async () => {
  const path = await free()
  writeFileSync(path, 'grün\n')
  assert.equal(readFileSync(path, 'utf8'), 'grün\n')
  assert.equal(readFileSync(path, { encoding: 'utf8' }), 'grün\n')
  assert.equal(readFileSync(path, 'latin1'), 'gr\xc3\xbcn\n')
  const bytes = readFileSync(path)
  assert.ok(Buffer.isBuffer(bytes))
  assert.equal(bytes.toString('hex'), '6772c3bc6e0a')
  writeFileSync(path, new Uint8Array([65, 66]))
  assert.equal(readFileSync(path, 'utf8'), 'AB')
  writeFileSync(path, 'C', { flag: 'a' })
  assert.equal(readFileSync(path, 'utf8'), 'ABC')
  writeFileSync(path, '')
  assert.equal(readFileSync(path, 'utf8'), '')
})

test('stat tells kind, size, mode and time', async () => {
  const path = await free()
  writeFileSync(path, 'four', { mode: 0o640 })
  const stats = statSync(path)
  assert.equal(stats.isFile(), true)
  assert.equal(stats.isDirectory(), false)
  assert.equal(stats.isSocket(), false)
  assert.equal(stats.size, 4)
  assert.ok(Math.abs(stats.mtimeMs - Date.now()) < 60_000)
  chmodSync(path, 0o751)
  assert.equal(statSync(path).mode & 0o777, 0o751)
  const { directory, unix } = await peer()
  assert.equal(statSync(directory).isDirectory(), true)
  assert.equal(statSync(unix).isSocket(), true)
  assert.equal(statSync(await free(), { throwIfNoEntry: false }), undefined)
  assert.equal(existsSync(path), true)
  assert.equal(existsSync(await free()), false)
  assert.equal(realpathSync(join(path, '..', '.', path.split('/').at(-1) ?? '')), path)
})

test('copy, rename and unlink', async () => {
  const [from, to, last] = [await free(), await free(), await free()]
  writeFileSync(from, 'content', { mode: 0o755 })
  copyFileSync(from, to)
  assert.equal(statSync(to).mode & 0o777, 0o755)
  renameSync(to, last)
  assert.equal(existsSync(to), false)
  assert.equal(readFileSync(last, 'utf8'), 'content')
  unlinkSync(last)
  assert.equal(existsSync(last), false)
})

test('the beginning of a file is read through a descriptor', async () => {
  const path = await free()
  writeFileSync(path, '0123456789')
  const fd = openSync(path, 'r')
  const buffer = new Uint8Array(4)
  assert.equal(readSync(fd, buffer, 0, 4, 0), 4)
  assert.equal(String.fromCharCode(...buffer), '0123')
  const large = new Uint8Array(100)
  assert.equal(readSync(fd, large, 0, 100, 0), 10)
  closeSync(fd)
})

test('access asks for what may be done', async () => {
  const path = await free()
  writeFileSync(path, '', { mode: 0o644 })
  accessSync(path)
  accessSync(path, constants.R_OK)
  assert.throws(() => accessSync(path, constants.X_OK), { code: 'EACCES' })
  chmodSync(path, 0o755)
  accessSync(path, constants.X_OK)
})

test('writeSync gives the number of bytes', () => {
  assert.equal(writeSync(2, new Uint8Array(0), 0, 0), 0)
  assert.throws(() => writeSync(999, new Uint8Array([1])), { code: 'EBADF', syscall: 'write' })
})

const MISSING: readonly (readonly [string, (path: string) => unknown, string])[] = [
  ['readFileSync', (path) => readFileSync(path), 'open'],
  ['statSync', (path) => statSync(path), 'stat'],
  ['accessSync', (path) => accessSync(path), 'access'],
  ['unlinkSync', (path) => unlinkSync(path), 'unlink'],
  ['chmodSync', (path) => chmodSync(path, 0o600), 'chmod'],
  ['openSync', (path) => openSync(path, 'r'), 'open'],
]

for (const [name, work, syscall] of MISSING) {
  test(`${name} of what is not there: ENOENT, ${syscall}`, async () => {
    const path = await free()
    assert.throws(() => work(path), {
      code: 'ENOENT',
      errno: -2,
      syscall,
      path,
      message: `ENOENT: no such file or directory, ${syscall} '${path}'`,
    })
  })
}

test('other errors of the system have their codes too', async () => {
  const { directory } = await peer()
  const path = await free()
  writeFileSync(path, '')
  assert.throws(() => readFileSync(directory), { code: 'EISDIR' })
  assert.throws(() => readFileSync(`${path}/x`), { code: 'ENOTDIR' })
  assert.throws(() => statSync(`${path}/x`), { code: 'ENOTDIR' })
  assert.throws(() => writeFileSync(directory, ''), { code: 'EISDIR' })
  assert.throws(() => renameSync(`${path}-missing`, path), {
    code: 'ENOENT',
    message: `ENOENT: no such file or directory, rename '${path}-missing' -> '${path}'`,
  })
})
