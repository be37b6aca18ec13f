/**
 * Bundles the program with esbuild, packages unmodified: for Node (`npm run bundle`: dist/readywhen.mjs, which runs
 * as it is and through npx), and for the runtime of our own, with its modules in the place of Node's.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import process from 'node:process'
import { type BuildOptions, type BuildResult, build, type Metafile, type Plugin } from 'esbuild'
import { NODE_MODULES, REPLACED } from './modules.ts'

export const ROOT = join(import.meta.dirname, '../../..')

const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  format: 'esm',
  splitting: true,
  metafile: true,
  minify: true,
  // stacks of a bug name functions
  keepNames: false,
  legalComments: 'none',
  logLevel: 'warning',
  target: 'es2023',
  // pg asks while its modules load, which may be while the binary is built; readywhen gives it all that it needs
  define: { 'process.env.NODE_PG_FORCE_NATIVE': 'undefined', 'process.env.USER': 'undefined' },
} as const satisfies BuildOptions

/** What some packages ask for and nobody wants: pg works without, and ioredis has nothing to tell. */
const absent: Plugin = {
  name: 'absent packages',
  setup(hooks) {
    hooks.onResolve({ filter: /^(?:pg-(?:native|cloudflare)|debug)$/ }, ({ path }) => ({
      path: REPLACED.get(path) ?? '',
    }))
  },
}

/** Writes dist/readywhen.mjs and dist/chunks, for Node. */
export async function bundleForNode(dist = join(ROOT, 'dist')): Promise<Metafile> {
  rmSync(join(dist, 'chunks'), { recursive: true, force: true })
  const result = await build({
    ...COMMON,
    platform: 'node',
    entryPoints: { readywhen: 'src/main.ts' },
    outdir: dist,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    plugins: [absent],
    // drivers are CommonJS and require Node's modules
    banner: {
      js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);',
    },
  })
  return result.metafile
}

export interface Chunk {
  /** Its name in the payload: `main.js` is the first. */
  readonly name: string
  readonly source: string
  /** Where its positions come from (source map, version 3). */
  readonly map: string
  /** What it holds: bytes by package, own code under `readywhen`. */
  readonly contents: Readonly<Record<string, number>>
}

const STAND_INS: ReadonlySet<string> = new Set(NODE_MODULES.values())

/** Puts our modules in the place of Node's, and of a few packages. */
const runtimeModules: Plugin = {
  name: "the runtime's modules",
  setup(hooks) {
    hooks.onResolve({ filter: /^[a-z@]/ }, ({ path }) => {
      const file = REPLACED.get(path) ?? NODE_MODULES.get(path.replace(/^node:/, ''))
      // what is not used of a module does not bring in what that would need
      if (file !== undefined) return { path: file, sideEffects: false }
      if (path.startsWith('node:')) return { errors: [{ text: `the runtime has no ${path}` }] }
      return undefined
    })
    hooks.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      // esbuild knows a file by the first import it comes across, in any order: all must say the same of it
      const own = join(resolveDir, path)
      return STAND_INS.has(own) ? { path: own, sideEffects: false } : undefined
    })
  },
}

/** What the program itself is, in words of JavaScript: loaded at once, run when it begins. */
export const PROGRAM = "import('./src/main.ts').then(({ main }) => onBegin(main))"

/**
 * Bundles a program for the runtime: `main.js`, which the host runs first, puts the globals in place and does what
 * `program` says; whatever is imported dynamically is a chunk of its own.
 */
export async function bundleForRuntime(program = PROGRAM, plugins: readonly Plugin[] = []): Promise<Chunk[]> {
  const result = await build({
    ...COMMON,
    platform: 'neutral',
    mainFields: ['main', 'module'],
    conditions: ['node'],
    stdin: {
      contents: `import './src/runtime/node/globals.ts'
import { onBegin } from './src/runtime/node/loop.ts'
${program}`,
      resolveDir: ROOT,
      sourcefile: 'main.ts',
    },
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    outdir: 'payload',
    write: false,
    sourcemap: 'external',
    sourcesContent: false,
    plugins: [...plugins, absent, runtimeModules],
  })
  const texts = new Map(result.outputFiles.map(({ path, text }) => [path, text]))
  return [...texts]
    .filter(([path]) => !path.endsWith('.map'))
    .map(([path, text]) => ({
      name: payloadName(path),
      source: rewriteImports(text),
      map: texts.get(`${path}.map`) ?? '',
      contents: contentsOf(result, path),
    }))
}

function payloadName(path: string): string {
  return basename(path).replace(/^stdin\.js$/, 'main.js')
}

/**
 * Bytecode alone does not say where it is, without which `import()` cannot know what is beside it: the host loads. As
 * long as before, so that positions stay right.
 */
function rewriteImports(source: string): string {
  return source.replace(/\bimport\("\.\/([\w-]+\.js)"\)/g, '__load("$1")  ')
}

function contentsOf({ metafile }: BuildResult<{ metafile: true }>, path: string): Record<string, number> {
  const output = Object.entries(metafile.outputs).find(([name]) => path.endsWith(name))?.[1]
  const contents: Record<string, number> = {}
  for (const [input, { bytesInOutput }] of Object.entries(output?.inputs ?? {})) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? 'readywhen'
    contents[name] = (contents[name] ?? 0) + bytesInOutput
  }
  return contents
}

/** Writes chunks as files; gives the paths of those that are wanted, in the order of their names. */
export function writeChunks(
  chunks: readonly Chunk[],
  directory: string,
  wanted: (name: string) => boolean = () => true,
): string[] {
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  for (const { name, source } of chunks) writeFileSync(join(directory, name), source)
  const names = chunks.map(({ name }) => name).filter(wanted)
  return names.sort().map((name) => join(directory, name))
}

if (process.argv[1] === import.meta.filename) {
  const { outputs } = await bundleForNode()
  for (const [name, { bytes }] of Object.entries(outputs)) process.stdout.write(`${name} ${bytes}\n`)
}
