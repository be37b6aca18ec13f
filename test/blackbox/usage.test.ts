import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type FaultServer, startFault } from '../servers/faults.ts'
import { readywhen, temporaryDirectory } from './readywhen.ts'

let server: FaultServer
let open: string
const directory = temporaryDirectory()

before(async () => {
  server = await startFault('silent')
  open = `127.0.0.1:${server.port}`
})
after(() => server.stop())

/** Each mistake, given beside a target that is fine, and what its one line must say. */
const mistakes: readonly { readonly args: readonly string[]; readonly says: readonly RegExp[] }[] = [
  { args: ['--tcpp', 'x'], says: [/--tcpp/, /did you mean "--tcp"/] },
  { args: ['--timeout', 'soon'], says: [/--timeout "soon"/, /duration/] },
  { args: ['--timeout'], says: [/--timeout needs a value/] },
  { args: ['--backoff', '2s..1s'], says: [/--backoff/, /smaller bound first/] },
  { args: ['--successes', '0'], says: [/--successes "0"/, /at least 1/] },
  { args: ['--log', 'xml'], says: [/--log "xml"/, /text or json/] },
  { args: ['--quiet', '--verbose'], says: [/--quiet and --verbose/] },
  { args: ['--tcp', 'db'], says: [/--tcp db/, /has no port/] },
  { args: ['--tcp', 'db:99999'], says: [/--tcp db:99999/, /1 to 65535/] },
  { args: ['--tcp', '::1:80'], says: [/--tcp ::1:80/, /\[address\]:port/] },
  { args: ['--tcp', 'db:1#stauts=1'], says: [/"stauts"/, /tcp has hold/] },
  { args: ['--tcp', 'db:1#status=200'], says: [/"status"/, /tcp has hold/] },
  { args: ['--tcp', 'db:1#timeout=never'], says: [/timeout="never"/, /duration/] },
  { args: ['--tcp', 'db:1#until=gone'], says: [/until="gone"/, /up or down/] },
  { args: ['--http', 'auth:8080/healthz'], says: [/--http auth:8080\/healthz/, /http:\/\//] },
  { args: ['--http', 'http://x/#status=abc'], says: [/status="abc"/, /200/] },
  { args: ['--http', 'http://x/#body=/(/'], says: [/body/, /regex/] },
  { args: ['--redis', 'http://x'], says: [/--redis http:\/\/x/, /redis:/] },
  { args: ['--postgres', 'postgres://h/db?sslmod=require'], says: [/sslmod/, /sslmode/] },
  { args: ['--postgres', 'postgres://h/db?sslmode=maybe'], says: [/sslmode/, /verify-full/] },
  { args: ['--dns', 'x#type=ZZ'], says: [/type="ZZ"/, /SRV/] },
  { args: ['--file', '/x#min-size=big'], says: [/min-size="big"/] },
  { args: ['stray'], says: [/argument belongs to no flag/] },
  { args: ['--'], says: [/no command behind --/] },
  { args: ['--config', '/no/such.yaml'], says: [/\/no\/such\.yaml/, /no such file/] },
  { args: ['--help', 'htpp'], says: [/did you mean "http"/] },
]

for (const { args, says } of mistakes) {
  test(`2, in one line: ${args.join(' ')}`, async () => {
    const run = await readywhen(['--tcp', open, ...args])
    assert.equal(run.code, 2, run.stderr)
    assert.equal(run.stdout, '')
    assert.match(run.stderr, /^readywhen: [^\n]+\n$/)
    for (const pattern of says) assert.match(run.stderr, pattern)
  })
}

test('2: nothing to wait for', async () => {
  const run = await readywhen([])
  assert.equal(run.code, 2)
  assert.match(run.stderr, /^readywhen: nothing to wait for: .*--tcp, --http/)
})

const files: readonly { readonly text: string; readonly says: RegExp }[] = [
  { text: 'timeout: [1', says: /not valid YAML at line 1/ },
  { text: 'tiemout: 1s', says: /"tiemout" \(did you mean "timeout"\?\)/ },
  { text: 'timeout: soon', says: /timeout in \S+ "soon" must be a duration/ },
  { text: 'tcp: [{name: x}]', says: /tcp\[0\] in \S+ must have the key "target"/ },
  { text: 'tcp: [{target: "db:1", hlod: 1s}]', says: /tcp\[0\] in \S+ db:1 has an unknown option "hlod"/ },
  { text: '- a\n- b', says: /must hold a mapping/ },
]

for (const [i, { text, says }] of files.entries()) {
  test(`2: a configuration file that says ${JSON.stringify(text)}`, async () => {
    const path = join(directory, `${i}.yaml`)
    writeFileSync(path, text)
    const run = await readywhen(['--config', path, '--tcp', open])
    assert.equal(run.code, 2)
    assert.match(run.stderr, says)
    assert.equal(run.stderr.trimEnd().split('\n').length, 1)
  })
}

test('2: a variable that cannot be read is named', async () => {
  const run = await readywhen(['--tcp', open], { env: { READYWHEN_GRACE: 'none' } })
  assert.equal(run.code, 2)
  assert.match(run.stderr, /READYWHEN_GRACE "none" must be a duration/)
})

test('nothing was contacted by any of these', () => {
  assert.equal(server.connections, 0)
})
