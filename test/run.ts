import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import process from 'node:process'
import { ensureTools } from './tools.ts'

/** Everything `npm test` does, in order. `npm test -- types unit` runs only the named steps. */
const steps: Readonly<Record<string, () => boolean>> = {
  types: () => run('tsc', ['--noEmit']),
  lint: () => run('biome', ['ci', '--colors=off', '--diagnostic-level=warn', '--error-on-warnings']),
  unit: () => run('node', [...TESTING, ...files('test/**/*.test.ts', OTHER_STEPS)]),
  bundle: () => run('npm', ['run', '--silent', 'bundle']),
  blackbox: () => run('node', [...TESTING, ...files('test/blackbox/**/*.test.ts')]),
  binary: testBinary,
}

/** What has a step or a command of its own. */
const OTHER_STEPS = /^test\/(?:blackbox|examples|image|binary)\/|^test\/runtime\/binary/

/** Two files at a time: the tests wait more than they compute, but some measure time. */
const TESTING = ['--test', '--test-concurrency=3', '--test-timeout=120000', '--test-reporter=spec']

/** The binary: the black box as on Node, the modules of Node in it, and what it is by itself. */
function testBinary(): boolean {
  if (spawnSync('cargo', ['--version']).status !== 0) {
    console.log('SKIPPED: the binary, since there is no cargo here (https://rustup.rs)')
    return true
  }
  return (
    run('npm', ['run', '--silent', 'build']) &&
    run('node', [...TESTING, ...files('test/blackbox/**/*.test.ts')], {
      READYWHEN_COMMAND: 'dist/readywhen',
    }) &&
    run('node', [...TESTING, 'test/runtime/binary.test.ts', ...files('test/binary/**/*.test.ts')])
  )
}

function files(pattern: string, except?: RegExp): string[] {
  return globSync(pattern)
    .filter((path) => !except?.test(path))
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
  .filter(([name]) => wanted.length === 0 || wanted.includes(name))
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
