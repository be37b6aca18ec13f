import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import process from 'node:process'
import { describe, test } from 'node:test'
import { become, findCommand } from '../../src/command/become.ts'
import { makeTempDir } from '../servers/temp.ts'

const dir = makeTempDir('find-command')
const env = { PATH: `${dir}:/usr/bin:/bin` }

function file(name: string, content: string, mode = 0o755): string {
  const path = join(dir, name)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

describe('a command', () => {
  const folders = ['one', 'two', 'three'].map((name) => join(dir, name))
  const [one, two, three] = folders as [string, string, string]
  for (const folder of folders) mkdirSync(folder)
  const first = file('one/tool', '#!/bin/sh\n')
  const second = file('two/tool', '#!/bin/sh\n')
  file('one/blocked', '#!/bin/sh\n', 0o644)
  const usable = file('two/blocked', '#!/bin/sh\n')
  mkdirSync(join(one, 'shadow'))
  const shadowed = file('three/shadow', '#!/bin/sh\n')
  const here = relative(process.cwd(), first)

  const found: [string, string, string, string][] = [
    ['tool', `${one}:${two}`, first, 'the first folder of PATH that has it'],
    ['tool', `${two}:${one}`, second, 'the first folder of PATH that has it'],
    ['tool', `/no/such:${first}:${two}`, second, 'a later folder, when earlier ones are none'],
    ['blocked', `${one}:${two}`, usable, 'a later folder, when it is not executable in an earlier one'],
    ['shadow', `${one}:${three}`, shadowed, 'a later folder, when it is a folder in an earlier one'],
    [first, two, first, 'where its path says, whatever PATH says'],
    [here, two, here, 'where its path says from here'],
  ]
  for (const [name, path, expected, where] of found) {
    test(`is found in ${where}: ${name.slice(-12)}`, () =>
      assert.deepEqual(findCommand(name, path), { path: expected }))
  }

  test('is looked for in this folder where PATH has an empty part, as execvp(3) does', () => {
    const before = process.cwd()
    process.chdir(one)
    try {
      for (const path of ['', ':/no/such', '/no/such:', '/no/such::/no']) {
        assert.deepEqual(findCommand('tool', path), { path: './tool' })
      }
    } finally {
      process.chdir(before)
    }
  })

  test('is looked for in the usual folders where there is no PATH', () => {
    assert.ok('path' in findCommand('sh'))
  })

  test('that is found but never executable is named where it was found first', () => {
    assert.deepEqual(findCommand('blocked', `/no/such:${one}`), {
      exitCode: 126,
      reason: `cannot run ${join(one, 'blocked')}: permission denied`,
    })
  })
})

describe('a command that cannot be run', () => {
  file('text', 'echo hello\n')
  file('empty', '')
  file('plain', '#!/bin/sh\n', 0o644)
  file('lost', '#!/no/such/interpreter -x\n')
  file('windows', '#!/bin/sh\r\necho hello\r\n')
  file('nameless', '#!\n')
  file('folder-run', `#!${dir}\n`)
  file('text-run', `#!${join(dir, 'text')}\n`)
  file('plain-run', `#!${join(dir, 'plain')}\n`)
  file('endless', `#!${join(dir, 'endless')}\n`)
  symlinkSync(join(dir, 'circle'), join(dir, 'circle'))
  const at = (name: string): string => join(dir, name)
  const neither = 'it is neither a program nor a script with #! in its first line'

  const table: [string[], number, string][] = [
    [['no-such-command'], 127, 'command not found in PATH: "no-such-command"'],
    [[at('none')], 127, `command not found: ${JSON.stringify(at('none'))}`],
    [[at('text/none')], 127, `command not found: ${JSON.stringify(at('text/none'))}`],
    [['x'.repeat(300)], 127, `command not found in PATH: "${'x'.repeat(300)}"`],
    [[''], 127, 'command not found in PATH: ""'],
    [[], 127, 'command not found in PATH: ""'],
    [[dir], 126, `cannot run ${dir}: it is a directory`],
    [['plain'], 126, `cannot run ${at('plain')}: permission denied`],
    [[at('circle')], 126, `cannot run ${at('circle')}: ELOOP`],
    [['text'], 126, `cannot run ${at('text')}: ${neither}`],
    [['empty'], 126, `cannot run ${at('empty')}: ${neither}`],
    [['lost'], 126, `cannot run ${at('lost')}: its interpreter /no/such/interpreter: missing`],
    [
      ['windows'],
      126,
      `cannot run ${at('windows')}: its lines end in CR LF, so there is no such interpreter`,
    ],
    [['nameless'], 126, `cannot run ${at('nameless')}: its first line names no interpreter`],
    [['folder-run'], 126, `cannot run ${at('folder-run')}: its interpreter ${dir}: it is a directory`],
    [['plain-run'], 126, `cannot run ${at('plain-run')}: its interpreter ${at('plain')}: permission denied`],
    [['text-run'], 126, `cannot run ${at('text-run')}: its interpreter ${at('text')}: ${neither}`],
    [['endless'], 126, '…its interpreters are scripts without end'],
  ]
  for (const [command, exitCode, reason] of table) {
    test(`is exit code ${exitCode} and said in words: ${command.join(' ').slice(-20)}`, () => {
      // A wrong `become` would replace this process, and the test would be missed.
      const failed = become(command, env)
      assert.equal(failed.exitCode, exitCode)
      assert.ok(
        failed.reason === reason || (reason.startsWith('…') && failed.reason.endsWith(reason.slice(1))),
        failed.reason,
      )
    })
  }
})
