import process from 'node:process'

const { env } = process

/** The images that the examples name, and what a test runs in their place. */
export const IMAGES: Readonly<Record<string, string>> = {
  'readywhen:0.1.0': env['READYWHEN_IMAGE'] ?? 'readywhen:test',
  'postgres:17-alpine': env['POSTGRES_IMAGE'] ?? 'postgres:17-alpine',
  'redis:7-alpine': env['REDIS_IMAGE'] ?? 'redis:7-alpine',
  'node:24-bookworm-slim': env['NODE_IMAGE'] ?? 'node:24-bookworm-slim',
  'nginx:1': env['NGINX_IMAGE'] ?? 'nginx:1',
}
