import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { describe, test } from 'node:test'
import { install } from '../../src/command/install.ts'
import { makeTempDir } from '../servers/temp.ts'

const isRoot = process.getuid?.() === 0
const program = join(makeTempDir('program'), 'program')
writeFileSync(program, '#!/bin/sh\necho new\n', { mode: 0o755 })

function emptyDir(): string {
  const dir = makeTempDir('install')
  chmodSync(dir, 0o777)
  return dir
}

function assertInstalled(path: string): void {
  assert.equal(readFileSync(path, 'utf8'), readFileSync(program, 'utf8'))
  assert.equal(statSync(path).mode & 0o7777, 0o755)
}

/** Runs a few lines with `install` as another user; gives what they print. */
function asNobody(target: string): string {
  const url = new URL('../../src/command/install.ts', import.meta.url).href
  const code = `
    const { install } = await import(${JSON.stringify(url)})
    process.setgid(65534); process.setuid(65534)
    console.log(install(${JSON.stringify(target)}, ${JSON.stringify(program)}) ?? 'installed')`
  return execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }).trim()
}

describe('install', () => {
  test('copies the program to a path, executable by all', () => {
    const path = join(emptyDir(), 'wait')
    assert.equal(install(path, program), undefined)
    assertInstalled(path)
  })

  test('copies the program into a directory under its own name', () => {
    const dir = emptyDir()
    assert.equal(install(dir, program), undefined)
    assertInstalled(join(dir, 'readywhen'))
    assert.deepEqual(readdirSync(dir), ['readywhen'])
  })

  test('makes the copy executable by all, whatever the umask and the mode of the program', () => {
    const path = join(emptyDir(), 'wait')
    const narrow = join(makeTempDir('narrow'), 'program')
    writeFileSync(narrow, readFileSync(program), { mode: 0o500 })
    const umask = process.umask(0o077)
    try {
      assert.equal(install(path, narrow), undefined)
    } finally {
      process.umask(umask)
    }
    assertInstalled(path)
  })

  test('replaces an older copy while it runs, which goes on undisturbed', async () => {
    const path = join(emptyDir(), 'wait')
    execFileSync('cp', ['/bin/sleep', path])
    const running = spawn(path, ['60'], { stdio: 'ignore' })
    await once(running, 'spawn')
    try {
      assert.equal(install(path, program), undefined)
      assertInstalled(path)
      assert.equal(running.exitCode, null)
    } finally {
      running.kill()
      await once(running, 'exit')
    }
  })

  test('replaces a link, not what it leads to', () => {
    const dir = emptyDir()
    const other = join(dir, 'other')
    writeFileSync(other, 'precious')
    symlinkSync(other, join(dir, 'wait'))
    assert.equal(install(join(dir, 'wait'), program), undefined)
    assertInstalled(join(dir, 'wait'))
    assert.equal(readFileSync(other, 'utf8'), 'precious')
  })

  test('is not in the way of another that was broken off, or that runs as the same pid', () => {
    const dir = emptyDir()
    writeFileSync(join(dir, `.wait.${process.pid}`), 'half', { mode: 0o400 })
    assert.equal(install(join(dir, 'wait'), program), undefined)
    assertInstalled(join(dir, 'wait'))
  })

  test('works as any user in an emptyDir, also over the copy of another', { skip: !isRoot }, () => {
    const path = join(emptyDir(), 'wait')
    writeFileSync(path, 'of root', { mode: 0o700 })
    chownSync(path, 0, 0)
    assert.equal(asNobody(path), 'installed')
    assertInstalled(path)
    assert.equal(statSync(path).uid, 65534)
  })
})

describe('install says what to do when', () => {
  test('there is no directory', () => {
    const dir = join(emptyDir(), 'shared')
    for (const path of [join(dir, 'wait'), `${dir}/`]) {
      assert.match(
        install(path, program) ?? '',
        /^cannot install .*: there is no directory .*shared; mount a volume/,
      )
    }
    assert.ok(!existsSync(dir))
  })

  test('the directory is a file', () => {
    const dir = join(emptyDir(), 'shared')
    writeFileSync(dir, '')
    assert.match(install(join(dir, 'wait'), program) ?? '', /there is no directory .*shared; mount a volume/)
  })

  test('the directory is not for this user to write to', { skip: !isRoot }, () => {
    const dir = emptyDir()
    chmodSync(dir, 0o755)
    assert.match(
      asNobody(join(dir, 'wait')),
      /no permission to write to .*; mount an emptyDir there, or set fsGroup/,
    )
    assert.deepEqual(readdirSync(dir), [])
  })

  test('the file system cannot be written to', () => {
    assert.match(install('/proc/wait', program) ?? '', /^cannot install \/proc\/wait: /)
    if (isRoot) {
      const dir = emptyDir()
      const mount = 'mount -t tmpfs -o ro none "$1" && exec "$2" --input-type=module -e "$3"'
      const url = new URL('../../src/command/install.ts', import.meta.url).href
      const code = `const { install } = await import(${JSON.stringify(url)})
        console.log(install(${JSON.stringify(join(dir, 'wait'))}, ${JSON.stringify(program)}))`
      const said = execFileSync(
        'unshare',
        ['--mount', 'sh', '-c', mount, 'sh', dir, process.execPath, code],
        { encoding: 'utf8' },
      )
      assert.match(said, /is read-only; mount an emptyDir there/)
    }
  })

  test('there is no space, and leaves nothing behind', { skip: !isRoot }, () => {
    const dir = emptyDir()
    const large = join(makeTempDir('large'), 'program')
    writeFileSync(large, Buffer.alloc(300_000))
    const mount = 'mount -t tmpfs -o size=100k none "$1" && "$2" --input-type=module -e "$3" && ls -A "$1"'
    const url = new URL('../../src/command/install.ts', import.meta.url).href
    const code = `const { install } = await import(${JSON.stringify(url)})
      console.log(install(${JSON.stringify(join(dir, 'wait'))}, ${JSON.stringify(large)}))`
    const said = execFileSync('unshare', ['--mount', 'sh', '-c', mount, 'sh', dir, process.execPath, code], {
      encoding: 'utf8',
    })
    assert.match(said, /^cannot install .*: no space left on \S+\n$/)
  })

  test('something else is there', () => {
    const dir = emptyDir()
    mkdirSync(join(dir, 'readywhen'))
    assert.match(install(dir, program) ?? '', /something else is there that cannot be replaced/)
    assert.deepEqual(readdirSync(dir), ['readywhen'])
  })

  test('it is not the static binary that runs', () => {
    assert.match(install(join(emptyDir(), 'wait')) ?? '', /copies the static binary; .* the version for Node/)
  })
})
