import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { hasCargo, nativeArch, targetOf } from '../../src/runtime/pack/host.ts'
import { binary, readywhen, skip } from './binary.ts'
import { PT_DYNAMIC, PT_GNU_STACK, PT_INTERP, readElf } from './elf.ts'

const PACKAGE = join(import.meta.dirname, '../../package.json')

const isMusl = hasCargo() && targetOf(nativeArch()).endsWith('musl')

describe('the binary is static', { skip }, () => {
  test('it asks for no loader and has nothing to link', () => {
    const types = readElf(binary).segments.map(({ type }) => type)
    assert.ok(!types.includes(PT_INTERP) && !types.includes(PT_DYNAMIC), types.join(' '))
  })

  test('no memory of it is both writable and executable, and its stack is not executable', () => {
    const { segments } = readElf(binary)
    assert.deepEqual(
      segments.filter(({ writable, executable }) => writable && executable),
      [],
    )
    assert.equal(segments.filter(({ type }) => type === PT_GNU_STACK).length, 1)
  })

  test('its C library is musl where this machine can build with it', () => {
    assert.equal(readFileSync(binary).includes('GLIBC_TUNABLES'), !isMusl)
  })

  test('it is for this machine', () => assert.equal(readElf(binary).machine, process.arch))

  test('ldd says that it is not a dynamic executable', { skip: !existsSync('/usr/bin/ldd') }, () => {
    const { stdout, stderr } = spawnSync('ldd', [binary], { encoding: 'utf8' })
    assert.match(stdout + stderr, /not a dynamic executable|statically linked/)
  })
})

describe('the binary', { skip }, () => {
  test('it may be run by everybody', () => assert.equal(statSync(binary).mode & 0o777, 0o755))

  test('it says the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }
    const { code, stdout, stderr } = await readywhen(['--version'])
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `${version}\n`, stderr: '' })
  })

  test('it is small', (context) => {
    const bytes = readFileSync(binary)
    const compressed = gzipSync(bytes, { level: 9 }).length
    context.diagnostic(`${bytes.length} bytes, ${compressed} by gzip -9`)
    // glibc is 0.26 MB larger than musl
    const limit = isMusl ? 2_600_000 : 2_860_000
    assert.ok(compressed < limit, `${compressed} bytes by gzip -9`)
  })

  test('its help and its dry run are those of the sources', async () => {
    for (const args of [
      ['--help'],
      ['--help', 'postgres'],
      ['--dry-run', '--redis=rediss://:hush@cache#role=primary', '--dns=db', '--http=https://a/b'],
    ]) {
      const { stdout } = await readywhen(args)
      const main = join(import.meta.dirname, '../../src/main.ts')
      assert.equal(stdout, execFileSync(process.execPath, [main, ...args], { encoding: 'utf8' }))
    }
  })
})
