import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { kinds } from '../../src/checks/index.ts'
import { readywhen } from '../blackbox/readywhen.ts'
import { readmeParts, readmePath, schemaPath, schemaText, withParts } from './generated.ts'

const readme = readFileSync(readmePath, 'utf8')
const root = dirname(readmePath)

test('the tables and the help in the README follow the declarations (npm run docs writes them)', () => {
  assert.equal(readme, withParts(readme, readmeParts(kinds)))
})

test('the shipped JSON Schema follows the declarations (npm run docs writes it)', () => {
  assert.equal(readFileSync(schemaPath, 'utf8'), schemaText(kinds))
})

test('every file shown in the README is shown as it is', () => {
  const shown = [...readme.matchAll(/```yaml\n# (examples\/\S+)\n(.*?)```/gs)]
  assert.ok(shown.length > 0)
  for (const [, path = '', text = ''] of shown) {
    const file = readFileSync(join(root, path), 'utf8').replace(/^(#[^\n]*\n)+/, '')
    assert.equal(text, file, path)
  }
})

test('every command line in the README is one the program takes', async () => {
  const blocks = [...readme.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, text = '']) => text.split('\n'))
  const lines = blocks.filter((line) => line.startsWith('readywhen ') && !line.includes(' install '))
  assert.ok(lines.length >= 3)
  for (const line of lines) {
    const run = await readywhen(['--dry-run', ...words(line).slice(1)])
    assert.equal(run.code, 0, `${line}\n${run.stderr}`)
  }
})

test('every link of the README to a file of the project leads to one', () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path = '']) => path)
  const files = new Set(globSync('**/*', { cwd: root, exclude: ['node_modules', 'src/runtime/host/target'] }))
  for (const link of links) assert.ok(files.has(relative('.', link)), link)
})

/** Splits a line as a shell does, as far as the README needs it. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  )
}
