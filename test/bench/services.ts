import { makeAuthority } from '../servers/certificates.ts'
import { startDnsmasq } from '../servers/dnsmasq.ts'
import { startNginx } from '../servers/nginx.ts'
import { startPostgres } from '../servers/postgres.ts'
import { startRedis } from '../servers/redis.ts'

/** What contestants are pointed at; their argument templates name these in braces. */
export interface Services {
  readonly tcp: string
  readonly host: string
  readonly port: string
  readonly http: string
  readonly https: string
  /** The authority that signed the certificates of `https` and `postgresTls`. */
  readonly ca: string
  /** With the password of a SCRAM login. */
  readonly postgres: string
  readonly postgresTls: string
  readonly postgresPort: string
  readonly redis: string
  readonly dns: string
  readonly dnsServer: string
}

/** Starts real servers, all ready, on 127.0.0.1. */
export async function startServices(): Promise<{ services: Services; stop(): Promise<void> }> {
  const authority = makeAuthority()
  const certificate = authority.issue({ names: ['localhost'], ips: ['127.0.0.1'] })
  const answer = 'location / { return 200 "ok"; }'
  const name = 'ready.example'
  const [web, secureWeb, postgres, redis, dns] = await Promise.all([
    startNginx(answer),
    startNginx(answer, certificate),
    startPostgres({ tls: certificate }),
    startRedis(),
    startDnsmasq({ records: [{ type: 'A', name, value: '127.0.0.1' }] }),
  ])
  const login = `postgres://postgres:${encodeURIComponent(postgres.password)}@127.0.0.1:${postgres.port}/postgres`
  return {
    services: {
      tcp: `127.0.0.1:${redis.port}`,
      host: '127.0.0.1',
      port: `${redis.port}`,
      http: `http://127.0.0.1:${web.port}/`,
      https: `https://127.0.0.1:${secureWeb.port}/`,
      ca: authority.caFile,
      postgres: `${login}?sslmode=disable`,
      postgresTls: `${login}?sslmode=verify-full&sslrootcert=${authority.caFile}`,
      postgresPort: `${postgres.port}`,
      redis: `redis://127.0.0.1:${redis.port}`,
      dns: name,
      dnsServer: `127.0.0.1:${dns.port}`,
    },
    async stop() {
      await Promise.all([web, secureWeb, postgres, redis, dns].map((server) => server.stop()))
    },
  }
}
