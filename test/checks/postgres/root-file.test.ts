import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { makeAuthority } from '../../servers/certificates.ts'
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts'
import { makeTempDir } from '../../servers/temp.ts'
import { tryProbe } from './try-probe.ts'

const [authority, stranger] = [makeAuthority(), makeAuthority('Stranger')]
let server: PostgresServer
before(async () => {
  const tls = authority.issue({ names: ['localhost'] })
  server = await startPostgres({ tls, hba: ['hostssl all all all trust'] })
})
after(() => server.stop())

for (const mode of ['require', 'prefer']) {
  test(`an sslrootcert that sslmode=${mode} can do without counts as soon as it is there`, async () => {
    const root = join(makeTempDir('root'), 'root.crt')
    const login = `host=localhost port=${server.port} dbname=postgres user=postgres`
    const outcome = async (): Promise<string | undefined> => {
      const { detail, failure } = await tryProbe(`${login} sslmode=${mode} sslrootcert=${root}`)
      return detail ?? failure?.reason
    }
    assert.match((await outcome()) ?? '', /^PostgreSQL/)
    writeFileSync(root, readFileSync(stranger.caFile))
    assert.match((await outcome()) ?? '', /unknown authority/)
    writeFileSync(root, readFileSync(authority.caFile))
    assert.match((await outcome()) ?? '', /^PostgreSQL/)
  })
}
