import { type FakeClient, startFakePostgres } from '../../servers/fake-postgres.ts'
import { until } from '../../servers/until.ts'

export type Script = (client: FakeClient, attempt: number) => Promise<void>

/** Runs attempts at a server that does what the script says, and checks that none leaves a connection open. */
export async function against(
  script: Script,
  run: (target: string) => Promise<void>,
  more = '',
): Promise<void> {
  const server = await startFakePostgres(script)
  try {
    await run(`host=127.0.0.1 port=${server.port} user=app password=hunter2 dbname=app ${more}`)
    await until(() => server.open() === 0, 'all connections to be closed')
  } finally {
    await server.stop()
  }
}

export const answers = (text: string): readonly string[] => [text === 'SELECT 1' ? '1' : 'f']

export const healthy: Script = async (client) => {
  await client.admit()
  await client.serve(answers)
}

/** The script up to the start-up message, then something. */
export const started =
  (then: (client: FakeClient) => void | Promise<void>): Script =>
  async (client) => {
    await client.startUp()
    await then(client)
  }

/** The script up to the first statement, then something. */
export const queried =
  (then: (client: FakeClient) => void | Promise<void>): Script =>
  async (client) => {
    await client.admit()
    await client.statement()
    await then(client)
  }

export const says = (...messages: readonly (Buffer | string)[]): Script =>
  started((client) => {
    client.send(...messages)
    client.end()
  })

export const silent = (client: FakeClient): Promise<unknown> => client.message()
