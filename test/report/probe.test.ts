import assert from 'node:assert/strict'
import test from 'node:test'
import { looksLikeProbe } from '../../src/report/probe.ts'
import { temporaryFile } from '../blackbox/readywhen.ts'

type Row = readonly [argv: readonly string[], env: Record<string, string>, probe: boolean]

const rows: readonly Row[] = [
  [['--once', '--nonsense'], {}, true],
  [['--nonsense', '--once=yes'], {}, true],
  [['-once', '--tcp=x'], {}, true],
  [['--nonsense'], {}, false],
  [['--tcp=x', '--', 'app', '--once'], {}, false],
  [['--nonsense'], { READYWHEN_ONCE: 'true' }, true],
  [['--nonsense'], { READYWHEN_ONCE: ' 1 ' }, true],
  [['--nonsense'], { READYWHEN_ONCE: 'perhaps' }, true],
  [['--nonsense'], { READYWHEN_ONCE: 'OFF' }, false],
  [['--nonsense'], { READYWHEN_ONCE: '' }, false],
  [['--once', '--nonsense'], { READYWHEN_ONCE: 'false' }, true],
  [['--config', 'FILE', '--nonsense'], {}, true],
  [['--config=FILE', '--nonsense'], {}, true],
  [['--nonsense'], { READYWHEN_CONFIG: 'FILE' }, true],
  [['--config', 'FILE', '--nonsense'], { READYWHEN_ONCE: 'no' }, false],
  [['--config', '/nowhere', '--nonsense'], {}, false],
  [['--config'], {}, false],
]
const file = temporaryFile('tcp: [x]\nonce: true\n')

for (const [argv, env, probe] of rows) {
  test(`${argv.join(' ')} ${JSON.stringify(env)}: ${probe ? 'a probe' : 'not a probe'}`, () => {
    const real = (text: string): string => text.replace('FILE', file)
    const variables = Object.entries(env).map(([name, value]) => [name, real(value)])
    assert.equal(looksLikeProbe(argv.map(real), Object.fromEntries(variables)), probe)
  })
}

for (const [text, probe] of [
  ['once: true', true],
  ['{"tcp": "x", "once": true}', true],
  ['{\n  "once": true\n', true],
  ["'once': yes", true],
  ['once: false', false],
  ['# once: true', false],
  ['tcp: once:1', false],
] as const) {
  test(`a file with ${JSON.stringify(text)}: ${probe ? 'a probe' : 'not a probe'}`, () => {
    assert.equal(looksLikeProbe(['--config', temporaryFile(text)], {}), probe)
  })
}
