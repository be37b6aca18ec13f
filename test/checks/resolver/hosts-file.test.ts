import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { findInHosts } from '../../../src/checks/resolver/hosts-file.ts'

const HOSTS = `
# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost # not db
10.0.0.7\tweb-0.web.prod.svc.cluster.local\tweb-0
 10.0.0.8 DB  db.example
10.0.0.9 db
10.0.0.8 db
fe80::2%eth0 linked
# 10.0.0.1 gone
not-an-address wrong
`

describe('the hosts file', () => {
  for (const [name, addresses] of [
    ['localhost', ['127.0.0.1', '::1']],
    ['WEB-0', ['10.0.0.7']],
    ['db', ['10.0.0.8', '10.0.0.9']],
    ['linked', ['fe80::2%eth0']],
    ['gone', []],
    ['wrong', []],
    ['web', []],
    ['10.0.0.7', []],
  ] as const) {
    test(`knows ${addresses.length} addresses of ${name}`, () => {
      assert.deepEqual(findInHosts(HOSTS, name), addresses)
    })
  }
})
