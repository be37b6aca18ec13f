import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { ensureTools } from './tools.ts'

/** What there is to test, in order. `npm test` leaves out what is asked for by name alone; `npm test -- types unit`. */
const steps: Readonly<Record<string, () => boolean>> = {
  types: () => run('tsc', ['--noEmit']),
  lint: () => run('biome', ['ci', '--colors=off', '--error-on-warnings']),
  bundle: () => script('bundle'),
  build: () => withCargo(() => script('build')),
  rust: () => withCargo(() => ['fmt', 'clippy', 'test'].every(cargo)),
  unit: () => test('test/**/*.test.ts', /^test\/(blackbox|examples|image|fuzz|soak)\//),
  // The bundle, since it starts in a third of the time that the sources take, and is what is shipped.
  blackbox: () => test('test/blackbox/**/*.test.ts', /$^/, { READYWHEN_COMMAND: 'node dist/readywhen.mjs' }),
  binary: () => withCargo(() => testBinary('dist/readywhen')),
  // the same program unfrozen, as it is where nothing can freeze it
  chunks: () => withCargo(() => testBinary('dist/readywhen-chunks')),
}

/** The crate changes seldom, and a cold build of it for its tests takes minutes. */
const BY_NAME = ['rust']
/** Three files at a time on two cores: tests wait more than they compute, but some measure time. */
const TESTING = ['--test', '--test-concurrency=3', '--test-timeout=180000', '--test-reporter=spec']
const CRATE = join(import.meta.dirname, '../src/runtime/host')

function test(pattern: string, except = /$^/, env: Record<string, string> = {}): boolean {
  return run('node', [...TESTING, ...files(pattern, except)], env)
}

function testBinary(path: string): boolean {
  return test('test/{blackbox,fuzz,soak}/**/*.test.ts', /$^/, { READYWHEN_COMMAND: path })
}

function script(name: string): boolean {
  return run('npm', ['run', '--silent', name])
}

function cargo(what: string): boolean {
  const args: Record<string, readonly string[]> = {
    fmt: ['fmt', '--check'],
    clippy: ['clippy', '--quiet', '--locked', '--all-targets', '--', '-D', 'warnings'],
    test: ['test', '--quiet', '--locked'],
  }
  return spawnSync('cargo', args[what], { cwd: CRATE, stdio: 'inherit' }).status === 0
}

/** The static binary needs Rust, which not everybody has who changes TypeScript. */
function withCargo(step: () => boolean): boolean {
  if (spawnSync('cargo', ['--version']).status === 0) return step()
  console.log('SKIPPED: there is no cargo here (https://rustup.rs)')
  return true
}

function files(pattern: string, except: RegExp): string[] {
  return globSync(pattern)
    .filter((path) => !except.test(path))
    .sort()
}

function run(command: string, args: readonly string[], env: Record<string, string> = {}): boolean {
  return spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } }).status === 0
}

ensureTools()
const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !Object.hasOwn(steps, name))
if (unknown.length > 0) {
  console.error(`there is no step ${unknown.join(', ')}: ${Object.keys(steps).join(' ')}`)
  process.exit(2)
}
const outcomes = Object.entries(steps)
  .filter(([name]) => (wanted.length === 0 ? !BY_NAME.includes(name) : wanted.includes(name)))
  .map(([name, step]) => {
    console.log(`\n== ${name}`)
    const started = performance.now()
    const passed = step()
    return { name, passed, seconds: (performance.now() - started) / 1000 }
  })
console.log()
for (const { name, passed, seconds } of outcomes) {
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${name.padEnd(9)} ${seconds.toFixed(1)} s`)
}
process.exit(outcomes.every((outcome) => outcome.passed) ? 0 : 1)
