import assert from 'node:assert/strict'
import { testInNamespace } from './namespace.ts'
import { containerOf, example } from './objects.ts'

testInNamespace(
  'an app waits for the work of a migration, not only for the port of the database',
  async (ns) => {
    await ns.apply(...example('app-after-migration/app.yaml'), ...example('postgres.yaml'))
    await ns.becomesReady(() => ns.onlyPod('app=db'))
    const { metadata } = await ns.onlyPod('app=app')
    // The login succeeds by now, and the app still waits.
    await ns.logs(metadata.name, 'wait', /^waiting +table users +.*does not exist/m)
    await ns.logs(metadata.name, 'wait', /^waiting +schema version 2 +.*does not exist/m)
    assert.equal(containerOf(await ns.pod(metadata.name), 'wait').state.terminated, undefined)

    await ns.apply(...example('app-after-migration/migration.yaml'))
    const app = await ns.becomesReady(() => ns.onlyPod('app=app'))
    assert.equal(containerOf(app, 'app').restartCount, 0)
    const job = await ns.onlyPod('job-name=migration')
    const migrated = containerOf(job, 'migration').state.terminated
    assert.equal(migrated?.exitCode, 0)
    assert.equal(containerOf(job, 'wait').state.terminated?.exitCode, 0)
    const waited = containerOf(app, 'wait').state.terminated
    assert.equal(waited?.exitCode, 0)
    assert.ok(
      Date.parse(waited.finishedAt) >= Date.parse(migrated.startedAt),
      'the app waited for the migration',
    )
    await ns.logs(app.metadata.name, 'app', /admin/)
  },
)
