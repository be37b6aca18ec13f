import { type PostgresServer, startPostgres } from '../../servers/postgres.ts'

export const PASSWORD = 'p@ss/w?rd:%41'

/** A Postgres with roles that are let in, or not, in every way. */
export function startAppServer(): Promise<PostgresServer> {
  const hba = [
    'local all all scram-sha-256',
    'host all trusting all trust',
    'host all plain all password',
    'host all olden all md5',
    'host all ldapper all ident',
    'host all barred all reject',
    'host nobody all all trust',
    'host all postgres,app,unable,full all scram-sha-256',
  ]
  const initSql = `
    create role app login password '${PASSWORD}';
    create role plain login password 'clear';
    create role full login password 'p1' connection limit 0;
    create role unable password 'p2';
    create role trusting login;
    set password_encryption = 'md5';
    create role olden login password 'old';
    create database app;
    create database shut;
    revoke connect on database shut from public;
    \\connect app
    create schema tales;
    create table tales.users (id int);
    create table "Mixed" (id int);
    create table visible (id int);
    create view a_view as select 1 as one;
    create index an_index on visible (id);
    create sequence a_sequence;
    create table shielded (id int);
    create function flag() returns boolean language sql as 'select false';
    grant usage on schema tales to public;
    grant select on visible to app;
    grant usage on sequence a_sequence to app;`
  return startPostgres({ hba, initSql })
}

/** The URL of the role that owns the database `app`. */
export function appUrl(server: PostgresServer): string {
  return `postgres://app:${encodeURIComponent(PASSWORD)}@127.0.0.1:${server.port}/app`
}

/** A target of another role, without TLS in the way. */
export function asUser(server: PostgresServer, user: string, password = ''): string {
  return `host=127.0.0.1 port=${server.port} dbname=app user=${user} password='${password}'`
}
