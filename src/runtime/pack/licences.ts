/**
 * The licences of everything that is in a binary, as one text: the image carries it as /licences.txt.
 *
 *     node src/runtime/pack/licences.ts crates [TARGET] >crates.json  what cargo links: where cargo is
 *     node src/runtime/pack/licences.ts text crates.json              the whole text: where the npm packages are
 */
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { CRATE, nativeArch, targetOf } from './host.ts'

/** Something that was made by others under their licence. */
export interface Part {
  readonly name: string
  readonly version: string
  /** An SPDX expression. */
  readonly licence: string
  /** What its files say, notices included. */
  readonly texts: readonly string[]
}

interface Crate {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly license: string | null
  readonly manifest_path: string
  readonly targets: readonly { readonly kind: readonly string[] }[]
}

/** What this module reads of `cargo metadata --format-version 1`. */
export interface CargoMetadata {
  readonly packages: readonly Crate[]
  readonly resolve: {
    readonly root: string
    readonly nodes: readonly {
      readonly id: string
      readonly deps: readonly {
        readonly pkg: string
        readonly dep_kinds: readonly { kind: string | null }[]
      }[]
    }[]
  }
}

/** The crates that are linked into the host, without those that only build it, and without itself. */
export function linkedCrates({ packages, resolve }: CargoMetadata): Crate[] {
  const linked = new Set([resolve.root])
  // a set that grows while it is walked
  for (const id of linked) {
    const dependencies = resolve.nodes.find((node) => node.id === id)?.deps ?? []
    const normal = dependencies.filter(({ dep_kinds }) => dep_kinds.some(({ kind }) => kind === null))
    for (const { pkg } of normal) linked.add(pkg)
  }
  linked.delete(resolve.root)
  return packages.filter(
    ({ id, targets }) => linked.has(id) && !targets.some(({ kind }) => kind.includes('proc-macro')),
  )
}

/** The parts that cargo links into the host for a target, with the libraries that no manifest names. */
export function crateParts(target: string): Part[] {
  const args = ['metadata', '--format-version=1', '--locked', `--filter-platform=${target}`]
  const output = execFileSync('cargo', args, { cwd: CRATE, encoding: 'utf8', maxBuffer: 64 << 20 })
  const crates = linkedCrates(JSON.parse(output) as CargoMetadata).map(cratePart)
  return [...crates, rustPart(), target.endsWith('musl') ? muslPart() : glibcPart()]
}

function cratePart({ name, version, license, manifest_path }: Crate): Part {
  const folder = dirname(manifest_path)
  // cargo took a slash for OR before it took SPDX expressions
  const licence = license?.replaceAll('/', ' OR ') ?? 'unknown'
  // sources of others that a crate brings along have their own licence beside them
  const folders = name === 'rquickjs-sys' ? [folder, join(folder, 'quickjs')] : [folder]
  return { name, version, licence, texts: folders.flatMap((path) => licenceTexts(path, licence)) }
}

/** The standard library of Rust; its licence lies where rustup puts a toolchain's documents. */
function rustPart(): Part {
  const rustc = process.env['RUSTC'] ?? 'rustc'
  const version = execFileSync(rustc, ['--version'], { encoding: 'utf8' }).split(' ')[1] ?? ''
  const sysroot = execFileSync(rustc, ['--print', 'sysroot'], { encoding: 'utf8' }).trim()
  const owner = 'Copyright (c) The Rust Project Developers (see https://thanks.rust-lang.org)'
  const [text = owner] = globSync(join(sysroot, 'share/doc/rust/licenses/MIT.txt')).map(read)
  const texts = [text.replace(/^Copyright .*/m, owner)]
  return { name: 'Rust standard library', version, licence: 'MIT OR Apache-2.0', texts }
}

/** The C library that is linked in. It comes with Rust's, without its notices; those of Debian are the same. */
function muslPart(): Part {
  const texts = ['/usr/share/doc/musl/copyright'].filter((path) => existsSync(path)).map(read)
  return { name: 'musl', version: '', licence: 'MIT', texts }
}

/** The C library where that is glibc: Debian keeps its notices, and the licence they refer to. */
function glibcPart(): Part {
  const files = ['/usr/share/doc/libc6/copyright', '/usr/share/common-licenses/LGPL-2.1']
  const texts = files.filter((path) => existsSync(path)).map(read)
  return { name: 'GNU C Library', version: '', licence: 'LGPL-2.1-or-later', texts }
}

/** The npm packages of which the runtime's chunks hold code. */
export async function packageParts(): Promise<Part[]> {
  const { bundleForRuntime, ROOT } = await import('./bundle.ts')
  const chunks = await bundleForRuntime()
  const names = new Set(chunks.flatMap(({ contents }) => Object.keys(contents)))
  names.delete('readywhen')
  return [...names].sort().map((name) => {
    const folder = join(ROOT, 'node_modules', name)
    const { version, license } = JSON.parse(read(join(folder, 'package.json'))) as Record<string, string>
    const licence = license ?? 'unknown'
    return { name, version: version ?? '', licence, texts: licenceTexts(folder, licence) }
  })
}

/**
 * The texts in a package's folder. Where one may choose, it is MIT, which asks only for its notice. Some have the text
 * in the README alone, behind a heading of its own.
 */
function licenceTexts(folder: string, licence: string): string[] {
  const files = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|copyright|notice)/i.test(name))
  const chosen = licence.includes(' OR ') ? files.filter((name) => /mit/i.test(name)) : files
  const texts = (chosen.length > 0 ? chosen : files).map((name) => read(join(folder, name)))
  if (texts.length > 0 || !existsSync(join(folder, 'README.md'))) return texts
  const [, section] = read(join(folder, 'README.md')).split(/^#+ *licen[cs]e\b.*\n/im)
  return section === undefined ? [] : [section.replace(/^#.*/ms, '')]
}

/** One text of all: what there is, then each licence once, with the names of those that it is the licence of. */
export function licenceText(parts: readonly Part[]): string {
  const width = Math.max(...parts.map(({ name, version }) => name.length + version.length)) + 3
  const list = parts.map(({ name, version, licence }) => `${`${name} ${version}`.padEnd(width)}${licence}`)
  const owners = new Map<string, string[]>()
  for (const { name, texts } of parts) {
    for (const text of texts.map((text) => text.trim())) owners.set(text, [...(owners.get(text) ?? []), name])
  }
  const bodies = [...owners].map(([text, names]) => `${'-'.repeat(78)}\n${names.join(', ')}\n\n${text}\n`)
  return `readywhen is made of these parts, each under its own licence:\n\n${list.join('\n')}\n\n${bodies.join('\n')}`
}

function read(path: string): string {
  return readFileSync(path, 'utf8').replaceAll('\r', '')
}

if (process.argv[1] === import.meta.filename) {
  const nativeTarget = targetOf(nativeArch())
  const [what, argument] = process.argv.slice(2)
  if (what === 'crates') {
    process.stdout.write(JSON.stringify(crateParts(argument ?? nativeTarget)))
  } else {
    const crates = argument === undefined ? crateParts(nativeTarget) : (JSON.parse(read(argument)) as Part[])
    process.stdout.write(licenceText([...(await packageParts()), ...crates]))
  }
}
