import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CertificateFiles } from './certificates.ts'
import { freePort, isListening } from './ports.ts'
import { startChild } from './processes.ts'
import { makeTempDir, removeTempDir } from './temp.ts'
import { until } from './until.ts'

export interface NginxServer {
  readonly host: '127.0.0.1'
  readonly port: number
  /** Where files are served from by default. */
  readonly root: string
  /** The request lines so far (`GET / HTTP/1.1`) with their status, oldest first. */
  requests(): readonly string[]
  log(): string
  kill(signal: NodeJS.Signals): void
  stop(): Promise<void>
}

export interface NginxTls extends CertificateFiles {
  /** Authority whose client certificates are demanded. */
  readonly caFile?: string
}

/**
 * Starts an nginx of its own with one server.
 * @param body what goes between the braces of `server { }`: `location / { return 200 "ok"; }`
 */
export async function startNginx(body: string, tls?: NginxTls): Promise<NginxServer> {
  const dir = makeTempDir('nginx')
  const port = await freePort()
  const config = join(dir, 'nginx.conf')
  writeFileSync(join(dir, 'access.log'), '')
  writeFileSync(config, configuration(dir, port, body, tls))
  const child = startChild('/usr/sbin/nginx', ['-p', dir, '-c', config, '-e', 'stderr'])
  let ended = false
  void child.ended.then(() => {
    ended = true
  })
  await until(async () => ended || (await isListening(port)), `port ${port} to listen`)
  if (ended) throw new Error(`nginx did not start\n${child.output()}`)
  child.unref()
  return {
    host: '127.0.0.1',
    port,
    root: dir,
    requests: () => readFileSync(join(dir, 'access.log'), 'utf8').split('\n').slice(0, -1),
    log: () => child.output(),
    kill: (signal) => child.kill(signal),
    async stop() {
      await child.stop()
      removeTempDir(dir)
    },
  }
}

function configuration(dir: string, port: number, body: string, tls: NginxTls | undefined): string {
  const secure =
    tls === undefined ? '' : `ssl_certificate ${tls.certFile}; ssl_certificate_key ${tls.keyFile};`
  const clients =
    tls?.caFile === undefined ? '' : `ssl_client_certificate ${tls.caFile}; ssl_verify_client on;`
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  // One process without a master: it ends with one signal and stays the user that runs the test.
  return `
daemon off; master_process off; error_log stderr notice; pid ${dir}/nginx.pid;
events { worker_connections 256; }
http {
  ${temporary.map((each) => `${each}_temp_path ${dir}/${each};`).join(' ')}
  log_format short '$request $status';
  access_log ${dir}/access.log short;
  server {
    listen 127.0.0.1:${port}${tls === undefined ? '' : ' ssl'};
    root ${dir};
    ${secure} ${clients}
    ${body}
  }
}
`
}
