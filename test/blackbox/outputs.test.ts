import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { closedPort, type FaultServer, startFault } from '../servers/faults.ts'
import { until } from '../servers/until.ts'
import { onTerminal } from './on-terminal.ts'
import { type Run, readywhen, start, temporaryDirectory } from './readywhen.ts'

const directory = temporaryDirectory()
const HEARTBEAT_MS = 15_000
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour starts with ESC
const COLOUR = /\x1b\[\d*m/
let server: FaultServer
let open: string
let refused: string
let files = 0

before(async () => {
  server = await startFault('silent')
  open = `--tcp=127.0.0.1:${server.port}`
  refused = `--tcp=127.0.0.1:${await closedPort()}`
})
after(() => server.stop())

/** Runs under a shell whose script has the command as its arguments, and `$CODE` to leave the exit code in. */
async function underShell(script: string, args: readonly string[]): Promise<{ code: number; ms: number }> {
  files += 1
  const path = join(directory, `code-${files}`)
  const running = start(args, { under: ['sh', '-c', script, 'sh'], env: { CODE: path } })
  const began = performance.now()
  await until(() => existsSync(path) && readFileSync(path, 'utf8').endsWith('\n'), 'the exit code')
  const ms = performance.now() - began
  await running.ended
  return { code: Number(readFileSync(path, 'utf8')), ms }
}

describe('an output that is not there changes nothing:', { concurrency: 4 }, () => {
  const broken: Readonly<Record<string, string>> = {
    'stderr closed': '"$@" 2>&-; echo $? >"$CODE"',
    'stdout closed': '"$@" >&-; echo $? >"$CODE"',
    'everything closed': '"$@" <&- >&- 2>&-; echo $? >"$CODE"',
    'stderr a pipe whose reader is gone': '{ "$@"; echo $? >"$CODE"; } 2>&1 | true',
    'stderr a full disk': '"$@" 2>/dev/full; echo $? >"$CODE"',
  }
  for (const [title, script] of Object.entries(broken)) {
    test(title, async () => {
      const trace = join(directory, title)
      const waits: [string[], number][] = [
        [['--verbose', open], 0],
        [['--log=json', '--timeout=300ms', refused], 124],
        [['--once', '--verbose', refused], 1],
        [['--nonsense'], 2],
        [['--dry-run', open], 0],
        [['--help'], 0],
        [[open, '--', 'sh', '-c', `echo started >'${trace}'; exit 7`], 7],
        [[open, '--', 'no-such-command'], 127],
      ]
      for (const [args, code] of waits) {
        assert.equal((await underShell(script, args)).code, code, `${args}`)
      }
      assert.equal(readFileSync(trace, 'utf8'), 'started\n')
      assert.equal(server.received, '', 'what was to be logged went to the server')
    })
  }
})

test('a reader of stderr that does not read does not hold the wait past its timeout', async () => {
  const targets = Array.from({ length: 200 }, (_, i) => `${refused}#name=${'n'.repeat(50)}${i}`)
  const args = ['--verbose', '--timeout=1s', ...targets]
  const { code, ms } = await underShell('{ "$@"; echo $? >"$CODE"; } 2>&1 | sleep 15', args)
  assert.equal(code, 124)
  assert.ok(ms < 10_000, `${ms} ms`)
})

test('a command gets its pipes as they were: neither a slow reader nor a slow writer is an error for it', async () => {
  const megabyte = [open, '--quiet', '--', 'head', '-c', '1000000', '/dev/zero']
  const read = '"$@" | { sleep 0.5; wc -c >"$CODE"; }'
  assert.equal((await underShell(read, megabyte)).code, 1_000_000)
  const written = '{ sleep 0.5; echo 42; } | "$@"'
  const copied = await underShell(written, [open, '--quiet', '--', 'sh', '-c', 'cat >"$CODE"'])
  assert.equal(copied.code, 42)
})

test('help, version and dry run go to stdout, everything else to stderr', async () => {
  for (const args of [['--help'], ['--help', 'http'], ['--version'], ['--dry-run', open]]) {
    const run = await readywhen(args)
    assert.equal(run.code, 0)
    assert.equal(run.stderr, '')
    assert.match(run.stdout, /\n$/)
  }
  for (const args of [[open], ['--once', refused], ['--log=json', open], ['--nonsense']]) {
    assert.equal((await readywhen(args)).stdout, '')
  }
})

/** The fields of each event that may be there beside `time`, `level`, `event` and `elapsed_ms`, which always are. */
const CHECK = ['kind', 'target', 'name', 'state', 'attempt', 'reason', 'code', 'hint', 'detail']
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  start: ['ready', 'total'],
  attempt: [...CHECK, 'took_ms'],
  change: CHECK,
  result: CHECK,
  heartbeat: ['state', 'reason', 'ready', 'total'],
  end: ['state', 'reason', 'ready', 'total'],
}

test('--log json: every line is an object with the fields that are promised', async () => {
  const lasting = `--file=${directory}#contains=x&name=a "quoted" näme`
  const run = await readywhen(['--log=json', '--verbose', '--any', '--timeout=1s', open, refused, lasting])
  const failed = await readywhen(['--log=json', '--verbose', '--timeout=1s', open, refused, lasting])
  const events = `${run.stderr}${failed.stderr}`
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  for (const event of events) {
    const { time, level, event: type, elapsed_ms, ...rest } = event
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.match(String(level), /^(debug|info|warn|error)$/)
    assert.ok(Number.isInteger(elapsed_ms))
    const allowed = FIELDS[String(type)] ?? []
    for (const field of Object.keys(rest)) assert.ok(allowed.includes(field), `${type}: ${field}`)
  }
  const seen = new Set(events.map(({ event }) => event))
  assert.deepEqual([...seen].sort(), ['attempt', 'change', 'end', 'result', 'start'])
  const result = events.findLast(({ event, state }) => event === 'result' && state === 'stuck')
  assert.equal(result?.['name'], 'a "quoted" näme')
  assert.equal(result?.['code'], 'EISDIR')
  assert.equal(result?.['reason'], 'is a directory')
  assert.deepEqual(
    [events.at(-1)?.['state'], events.at(-1)?.['ready'], events.at(-1)?.['total']],
    ['timeout', 1, 3],
  )
})

test('a heartbeat says after 15 s what is still missing, in the log and as JSON', async () => {
  const flags = ['--timeout=16s', open, refused]
  const [text, json] = await Promise.all([readywhen(flags), readywhen(['--log=json', ...flags])])
  const port = refused.slice('--tcp='.length)
  assert.match(
    text.stderr,
    new RegExp(`^still waiting after 15s for 1 of 2: tcp ${port} \\(connection refused\\)$`, 'm'),
  )
  const beats = json.stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ event }) => event === 'heartbeat')
  assert.equal(beats.length, 1)
  assert.ok(Number(beats[0]?.['elapsed_ms']) >= HEARTBEAT_MS)
  assert.deepEqual([beats[0]?.['ready'], beats[0]?.['total']], [1, 2])
})

test('on a terminal: a table in colours, none with NO_COLOR or in a pipe', async () => {
  const flags = ['--timeout=500ms', open, refused]
  const [colourful, plain, dumb, piped, forced] = await Promise.all([
    onTerminal(flags),
    onTerminal(flags, { env: { NO_COLOR: '1' } }),
    onTerminal(flags, { env: { TERM: 'dumb' } }),
    readywhen(flags),
    readywhen(flags, { env: { FORCE_COLOR: '1' } }),
  ])
  for (const run of [colourful, plain, dumb, piped, forced]) assert.equal(run.code, 124)
  assert.match(colourful.stdout, COLOUR)
  for (const run of [plain, dumb]) assert.doesNotMatch(run.stdout, COLOUR)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a cursor is moved by ESC
  assert.match(plain.stdout, /\x1b\[\d*[A-HJK]/)
  assert.ok(!dumb.stdout.includes('\x1b'))
  assert.ok(!piped.stderr.includes('\x1b'))
  assert.match(forced.stderr, COLOUR)
})

test('on a terminal: the table takes as many lines as there are, and no more', async () => {
  const many = Array.from({ length: 40 }, (_, i) => `${refused}#name=t${i}`)
  const [low, high] = await Promise.all(
    [12, 60].map((rows) => onTerminal(['--timeout=1s', ...many], {}, rows)),
  )
  const redrawn = (run: Run | undefined): number => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a cursor is moved by ESC
    const moves = Array.from(run?.stdout.matchAll(/\x1b\[(\d+)A/g) ?? [], ([, lines]) => Number(lines))
    return Math.max(...moves)
  }
  assert.ok(redrawn(low) > 5 && redrawn(low) < 12, `${redrawn(low)} of 12`)
  assert.ok(redrawn(high) > 40 && redrawn(high) < 60, `${redrawn(high)} of 60`)
})
