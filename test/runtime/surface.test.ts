/** `surface.ts` is the list of what the runtime must have of Node, and it is held to be just that here. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { build, transformSync } from 'esbuild'
import { SURFACE, type Use } from '../../src/runtime/node/surface.ts'
import { bundleForRuntime, ROOT } from '../../src/runtime/pack/bundle.ts'
import { NODE_MODULES } from '../../src/runtime/pack/modules.ts'

const packageOf = (path: string): string | undefined => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]

/** What a file of ours takes from a module: named imports, and members of a default import. */
function namesTaken(path: string, module: string): string[] {
  const { code } = transformSync(readFileSync(join(ROOT, path), 'utf8'), { loader: 'ts', format: 'esm' })
  const names: string[] = []
  for (const [, clause = '', from = ''] of code.matchAll(/import ([^;]+?) from "([^"]+)"/g)) {
    if (from.replace(/^node:/, '') !== module) continue
    const [, list = ''] = /\{([^}]*)\}/.exec(clause) ?? []
    names.push(...list.split(',').map((each) => each.trim().replace(/ as .*/, '')))
    const whole = /^(?:\* as )?(\w+)/.exec(clause.replace(/\{[^}]*\},?/, '').trim())?.[1]
    if (whole !== undefined) {
      names.push(...[...code.matchAll(new RegExp(`\\b${whole}\\.(\\w+)`, 'g'))].map(([, name = '']) => name))
    }
  }
  return names.filter((name) => name !== '')
}

/** What the program and its packages use of Node, module by module, as the bundle for Node shows it. */
async function usedOfNode(): Promise<Record<string, Use>> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    bundle: true,
    entryPoints: ['src/main.ts'],
    external: ['pg-native', 'pg-cloudflare', 'pgpass'],
    format: 'esm',
    logLevel: 'error',
    metafile: true,
    outdir: 'unused',
    platform: 'node',
    splitting: true,
    write: false,
  })
  const used = new Map<string, { names: Set<string>; packages: Set<string> }>()
  for (const [path, { imports }] of Object.entries(metafile.inputs)) {
    for (const { path: from, external } of imports) {
      const module = from.replace(/^node:/, '')
      if (external !== true || !builtinModules.includes(module)) continue
      const use = used.get(module) ?? { names: new Set(), packages: new Set() }
      used.set(module, use)
      const owner = packageOf(path)
      if (owner === undefined) for (const name of namesTaken(path, module)) use.names.add(name)
      else use.packages.add(owner)
    }
  }
  return Object.fromEntries(
    [...used]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([module, { names, packages }]) => [
        module,
        { names: [...names].sort(), packages: [...packages].sort() },
      ]),
  )
}

test('the list names exactly what the program and its packages use of Node', async () => {
  assert.deepEqual(await usedOfNode(), SURFACE)
})

test('every module on the list stands in the binary, and no other', () => {
  for (const module of Object.keys(SURFACE)) assert.ok(NODE_MODULES.has(module), module)
  const more = [...NODE_MODULES.keys()].filter((module) => !(module in SURFACE))
  assert.deepEqual(more, [])
})

test('the program bundles for the runtime: every name that it imports is there', async () => {
  const names = (await bundleForRuntime()).map(({ name }) => name)
  assert.ok(names.includes('main.js'))
})

/** Enough of the host for the modules to be loaded on Node and looked at. */
const looked = { args: [], env: () => [], arch: 'x64', now: () => 0, attach() {} }

for (const [module, { names }] of Object.entries(SURFACE)) {
  if (names.length === 0) continue
  test(`node:${module} has ${names.join(', ')}`, async () => {
    Object.assign(globalThis, { __host: looked })
    const loaded = (await import(NODE_MODULES.get(module) ?? '')) as { default?: Record<string, unknown> }
    for (const name of names) {
      assert.ok(name in loaded || name in (loaded.default ?? {}), name)
    }
  })
}
