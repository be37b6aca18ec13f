/** What is known of a connection parameter of libpq (PostgreSQL 18, 34.1.2). */
export interface Parameter {
  /** The variable that gives it where the target does not (34.15). */
  readonly env?: string
  readonly values?: readonly string[]
  readonly secret?: true
}

/** The parameters that readywhen acts upon, or refuses where it cannot (`unsupported.ts`). */
export const used = {
  host: { env: 'PGHOST' },
  hostaddr: { env: 'PGHOSTADDR' },
  port: { env: 'PGPORT' },
  dbname: { env: 'PGDATABASE' },
  user: { env: 'PGUSER' },
  password: { env: 'PGPASSWORD', secret: true },
  passfile: { env: 'PGPASSFILE' },
  service: { env: 'PGSERVICE' },
  servicefile: { env: 'PGSERVICEFILE' },
  connect_timeout: { env: 'PGCONNECT_TIMEOUT' },
  options: { env: 'PGOPTIONS' },
  application_name: { env: 'PGAPPNAME' },
  fallback_application_name: {},
  sslmode: {
    env: 'PGSSLMODE',
    values: ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'],
  },
  sslnegotiation: { env: 'PGSSLNEGOTIATION', values: ['postgres', 'direct'] },
  sslrootcert: { env: 'PGSSLROOTCERT' },
  sslcert: { env: 'PGSSLCERT' },
  sslkey: { env: 'PGSSLKEY' },
  sslcertmode: { env: 'PGSSLCERTMODE', values: ['disable', 'allow', 'require'] },
  sslsni: { env: 'PGSSLSNI', values: ['0', '1'] },
  ssl_min_protocol_version: { env: 'PGSSLMINPROTOCOLVERSION' },
  ssl_max_protocol_version: { env: 'PGSSLMAXPROTOCOLVERSION' },
  channel_binding: { env: 'PGCHANNELBINDING', values: ['disable', 'prefer', 'require'] },
  require_auth: { env: 'PGREQUIREAUTH' },
  target_session_attrs: {
    env: 'PGTARGETSESSIONATTRS',
    values: ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'],
  },
  load_balance_hosts: { env: 'PGLOADBALANCEHOSTS', values: ['disable', 'random'] },
  gssencmode: { env: 'PGGSSENCMODE', values: ['disable', 'prefer', 'require'] },
  min_protocol_version: { env: 'PGMINPROTOCOLVERSION', values: ['3.0', '3.2', 'latest'] },
  replication: {},
  requirepeer: { env: 'PGREQUIREPEER' },
  scram_client_key: { secret: true },
  scram_server_key: { secret: true },
  sslcrl: { env: 'PGSSLCRL' },
  sslcrldir: { env: 'PGSSLCRLDIR' },
} satisfies Record<string, Parameter>

/**
 * Accepted and without effect: none makes the client pickier about a server. They tune a connection that lives longer
 * than a check, belong to ways of authentication that readywhen does not speak, or leave traces. Their variables
 * (`PGCLIENTENCODING`, `PGGSSDELEGATION`, `PGGSSLIB`, `PGKRBSRVNAME`, `PGMAXPROTOCOLVERSION`, `PGSSLCOMPRESSION`) are not
 * looked at.
 */
export const harmless = {
  client_encoding: {},
  gssdelegation: { values: ['0', '1'] },
  gsslib: {},
  keepalives: {},
  keepalives_count: {},
  keepalives_idle: {},
  keepalives_interval: {},
  krbsrvname: {},
  /** The oldest version is the one that is spoken, so nothing is newer than this allows. */
  max_protocol_version: { values: ['3.0', '3.2', 'latest'] },
  oauth_client_id: {},
  oauth_client_secret: { secret: true },
  oauth_issuer: {},
  oauth_scope: {},
  sslcompression: { values: ['0', '1'] },
  sslkeylogfile: {},
  /** Unlocks nothing here: a locked key fails each attempt in those words. */
  sslpassword: { secret: true },
  tcp_user_timeout: {},
} satisfies Record<string, Parameter>
