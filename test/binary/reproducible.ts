/**
 * `npm run test:reproducible`: builds the binary twice from the files git knows, in two directories, from nothing, and
 * compares. It takes as long as two builds without a cache.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'

const ROOT = join(import.meta.dirname, '../..')
const names = execFileSync('git', ['ls-files', 'src', 'package.json', 'tsconfig.json'], {
  cwd: ROOT,
  encoding: 'utf8',
})

/** Builds in a directory of this name; gives the hash of the binary. */
function buildIn(directory: string): string {
  for (const name of names.trim().split('\n')) {
    mkdirSync(join(directory, dirname(name)), { recursive: true })
    cpSync(join(ROOT, name), join(directory, name))
  }
  // not a symbolic link: names of chunks depend on where the packages lie from here
  execFileSync('cp', ['--archive', '--link', join(ROOT, 'node_modules'), directory])
  const { CARGO_TARGET_DIR: _, ...env } = process.env
  execFileSync(process.execPath, ['src/runtime/pack/build.ts'], { cwd: directory, env, stdio: 'inherit' })
  return createHash('sha256')
    .update(readFileSync(join(directory, 'dist/readywhen')))
    .digest('hex')
}

mkdirSync(join(ROOT, '.cache'), { recursive: true })
const home = mkdtempSync(join(ROOT, '.cache/reproducible-'))
try {
  const [first, second] = ['one', 'another/further-down'].map((name) => buildIn(join(home, name)))
  process.stdout.write(`${first}\n${second}\n`)
  if (first !== second) {
    process.stderr.write('two builds of the same sources differ\n')
    process.exitCode = 1
  }
} finally {
  rmSync(home, { recursive: true, force: true })
}
