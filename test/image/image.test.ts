import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { before, describe, test } from 'node:test'
import { makeTempDir } from '../servers/temp.ts'
import { BASE, buildImage, dockerOutput, IMAGE, ROOT, skip } from './docker.ts'
import { type Layer, layersOf } from './layers.ts'

/** With a base of 0.8 MB the image is 3.4 MB; with glibc, where there is no musl to build with, it is 0.26 MB more. */
const OWN_LIMIT = { musl: 2_600_000, glibc: 2_860_000 }

interface Config {
  readonly User: string
  readonly Entrypoint: readonly string[]
  readonly Cmd: readonly string[] | null
  readonly Labels: Readonly<Record<string, string>>
}

describe('the image', { skip }, () => {
  let config: Config
  let own: Layer[]
  let licences: string

  before(async () => {
    await buildImage(ROOT, IMAGE)
    config = JSON.parse(dockerOutput('inspect', '--format={{json .Config}}', IMAGE)) as Config
    const base = layersOf(BASE).map(({ id }) => id)
    own = layersOf(IMAGE).filter(({ id }) => !base.includes(id))
    licences = readFromImage('/licences.txt')
  })

  test('runs the binary, as nobody in particular', () => {
    assert.deepEqual(config.Entrypoint, ['/readywhen'])
    assert.equal(config.User, '65532:65532')
    assert.deepEqual(config.Cmd ?? [], [])
  })

  test('adds one layer, with the binary and the licences', () => {
    assert.equal(own.length, 1)
    const files = (own[0]?.files ?? []).map((line) => line.split(/ +/))
    assert.deepEqual(
      files.map(([mode, owner, , , , path]) => [mode, owner, path]),
      [
        ['-rw-r--r--', '0/0', 'licences.txt'],
        ['-rwxr-xr-x', '0/0', 'readywhen'],
      ],
    )
  })

  test('is small', (context) => {
    const sum = (layers: readonly Layer[]): number =>
      layers.reduce((total, { compressed }) => total + compressed, 0)
    context.diagnostic(`own layer ${sum(own)} bytes by gzip -9; base as it is here ${sum(layersOf(BASE))}`)
    const library = licences.includes('GNU C Library') ? 'glibc' : 'musl'
    assert.ok(sum(own) <= OWN_LIMIT[library], `${sum(own)} bytes with ${library}`)
  })

  test('says what it is in labels of OCI', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
    const label = (name: string): string | undefined => config.Labels[`org.opencontainers.image.${name}`]
    assert.equal(label('title'), 'readywhen')
    assert.equal(label('version'), version)
    assert.equal(label('base.name'), BASE)
    assert.match(label('description') ?? '', /ready/)
    assert.ok(label('revision') !== undefined)
  })

  test('the label of licences names each that a part is under, where one may choose MIT', () => {
    const named = config.Labels['org.opencontainers.image.licenses']?.split(' AND ') ?? []
    const list = licences.slice(0, licences.indexOf('-----')).split('\n').slice(2)
    const expressions = list.flatMap((line) => / {2,}(\S.*)$/.exec(line)?.[1] ?? [])
    assert.ok(expressions.length > 50, `${expressions.length} parts`)
    const needed = new Set(
      expressions.flatMap((each) => (each.includes(' OR ') ? 'MIT' : each.split(' AND '))),
    )
    // the image for arm64 is linked with glibc, and the label is the same for both
    assert.deepEqual([...needed.add('LGPL-2.1-or-later')].sort(), named.toSorted())
  })

  test('holds the licences of what is linked and bundled', () => {
    for (const part of [
      'rquickjs-sys',
      'rustls',
      'ring',
      'tokio',
      'pg',
      'ioredis',
      'commander',
      '(?:musl|GNU C Library)',
    ]) {
      assert.match(licences, new RegExp(`^${part} `, 'm'))
    }
    assert.match(licences, /Fabrice Bellard/)
    assert.match(licences, /Rich Felker|GNU LESSER GENERAL PUBLIC LICENSE/)
    assert.doesNotMatch(licences.slice(0, licences.indexOf('-----')), /unknown|undefined/)
  })

  test('a change of TypeScript builds neither the host nor the packages again', async () => {
    const context = makeTempDir('context')
    for (const name of execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' })
      .trim()
      .split('\n')) {
      mkdirSync(join(context, dirname(name)), { recursive: true })
      cpSync(join(ROOT, name), join(context, name))
    }
    appendFileSync(join(context, 'src/main.ts'), '\n// changed\n')
    await buildImage(context, `${IMAGE}-cached`)
    appendFileSync(join(context, 'src/main.ts'), '// changed again\n')
    const log = await buildImage(context, `${IMAGE}-cached`)
    const steps = [...log.matchAll(/^#(\d+) \[(host|packages) +\d+\/\d+\] (?:RUN|COPY)/gm)]
    assert.ok(steps.length >= 8, log)
    for (const [line, number] of steps) assert.match(log, new RegExp(`^#${number} CACHED`, 'm'), line)
    dockerOutput('rmi', `${IMAGE}-cached`)
  })
})

function readFromImage(path: string): string {
  const directory = makeTempDir('copied')
  const container = dockerOutput('create', IMAGE)
  dockerOutput('cp', `${container}:${path}`, join(directory, 'file'))
  dockerOutput('rm', container)
  return readFileSync(join(directory, 'file'), 'utf8')
}
