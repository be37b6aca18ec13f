/** Builds the Rust host of the runtime with cargo. */
import { spawnSync } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

export const CRATE = join(import.meta.dirname, '../host')

export type Arch = 'x64' | 'arm64'

/** Rust's name for each architecture. */
export const TARGETS: Readonly<Record<Arch, string>> = {
  x64: 'x86_64-unknown-linux-gnu',
  arm64: 'aarch64-unknown-linux-gnu',
}

/** What is missing on this machine, in words that say what to do about it. */
export class MissingTool extends Error {}

export function nativeArch(): Arch {
  return process.arch === 'arm64' ? 'arm64' : 'x64'
}

/** What runs an executable of another architecture on this machine (qemu-user), if it is installed. */
export function emulatorFor(arch: Arch): string | undefined {
  const name = `qemu-${arch === 'x64' ? 'x86_64' : 'aarch64'}`
  const works = (command: string): boolean =>
    spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0
  return [`${name}-static`, name].find(works)
}

/** Says whether there is a cargo to build with. */
export function hasCargo(): boolean {
  return spawnSync('cargo', ['--version'], { stdio: 'ignore' }).status === 0
}

function checkTools(arch: Arch): void {
  if (!hasCargo()) {
    throw new MissingTool('the runtime is written in Rust: install Rust 1.95 or newer (https://rustup.rs)')
  }
  if (arch === nativeArch()) return
  const target = TARGETS[arch]
  const rustc = process.env['RUSTC'] ?? 'rustc'
  const found = spawnSync(rustc, ['--print', 'target-libdir', '--target', target], { encoding: 'utf8' })
  const std = spawnSync('sh', ['-c', `ls ${found.stdout.trim()}/libstd-*.rlib`], { stdio: 'ignore' })
  if (std.status !== 0) {
    throw new MissingTool(`there is no Rust library for ${target}: rustup target add ${target}`)
  }
}

function cargoEnvironment(target: string): NodeJS.ProcessEnv {
  const prefix = `CARGO_TARGET_${target.toUpperCase().replaceAll('-', '_')}`
  // it would take the place of the flags that make the program static
  const { RUSTFLAGS: _, ...env } = process.env
  const linker =
    target === TARGETS[nativeArch()] ? {} : { [`${prefix}_LINKER`]: `${target.replace('-unknown', '')}-gcc` }
  const crates = join(env['CARGO_HOME'] ?? join(homedir(), '.cargo'), 'registry/src')
  // no path of this machine in the program: another makes the same bytes
  const flags = [env[`${prefix}_RUSTFLAGS`] ?? '', `--remap-path-prefix=${crates}=/crates`]
  return { ...linker, ...env, [`${prefix}_RUSTFLAGS`]: flags.join(' ').trim() }
}

function cargoBuild(program: string, target: string, profile: 'release' | 'dev'): string {
  const args = ['build', '--quiet', '--locked', '--profile', profile, '--bin', program, '--target', target]
  const env = cargoEnvironment(target)
  if (spawnSync('cargo', args, { cwd: CRATE, env, stdio: 'inherit' }).status !== 0) {
    throw new MissingTool(`cargo ${args.join(' ')} failed`)
  }
  const targetDirectory = process.env['CARGO_TARGET_DIR'] ?? join(CRATE, 'target')
  return join(targetDirectory, target, profile === 'dev' ? 'debug' : profile, program)
}

/** Builds the host for an architecture; gives the path of the executable. Throws `MissingTool`. */
export function buildHost(arch: Arch, profile: 'release' | 'dev' = 'release'): string {
  checkTools(arch)
  return cargoBuild('host', TARGETS[arch], profile)
}

/** Builds the compiler of chunks to bytecode, for this machine; bytecode is the same for every architecture. */
export function buildPacker(profile: 'release' | 'dev' = 'release'): string {
  checkTools(nativeArch())
  return cargoBuild('pack', TARGETS[nativeArch()], profile)
}
