import assert from 'node:assert/strict'
import test from 'node:test'
import { ipv4Addresses, ipv6Addresses, macAddress } from '../../../../agent/metrics/documents/host-addresses.ts'
import { osFields } from '../../../../agent/metrics/documents/os-fields.ts'

const trie = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.1
           /32 host LOCAL
     +-- 10.0.0.0/24 2 0 2
        |-- 10.0.0.0
           /24 link UNICAST
        |-- 10.0.0.7
           /32 host LOCAL
        |-- 10.0.0.255
           /32 link BROADCAST
Local:
        |-- 10.0.0.7
           /32 host LOCAL
`

test('addresses of the node, the loopback’s aside', () => {
  assert.deepEqual(ipv4Addresses(trie), ['10.0.0.7'])
  const ifInet6 =
    'fe8000000000000000fc00fffe000001 04 40 20 80     eth0\n00000000000000000000000000000001 01 80 10 80       lo\n\nnonsense\n'
  assert.deepEqual(ipv6Addresses(ifInet6), ['fe80::fc:ff:fe00:1'])
  assert.deepEqual([ipv4Addresses(''), ipv6Addresses('')], [[], []])
})

test('hardware addresses as ECS writes them', () => {
  assert.equal(macAddress('02:fc:00:00:00:01\n'), '02-FC-00-00-00-01')
  assert.equal(macAddress('00:00:00:00:00:00\n'), undefined)
  assert.equal(macAddress(''), undefined)
})

const bookworm = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
# a comment
`

test('os-release of Debian', () => {
  assert.deepEqual(osFields(bookworm, '6.1.0'), {
    type: 'linux',
    platform: 'debian',
    name: 'Debian GNU/Linux',
    version: '12 (bookworm)',
    codename: 'bookworm',
    full: 'Debian GNU/Linux 12 (bookworm)',
    family: 'debian',
    kernel: '6.1.0',
  })
})

const families: readonly [string, string | undefined][] = [
  ['ID=ubuntu\nID_LIKE=debian\n', 'debian'],
  ['ID="rhcos"\nID_LIKE="rhel fedora"\n', 'redhat'],
  ['ID=amzn\nID_LIKE="fedora"', 'redhat'],
  ['ID=opensuse-leap\nID_LIKE="suse opensuse"', 'suse'],
  ["ID='alpine'", 'alpine'],
  ['ID=talos', undefined],
  ['', undefined],
]
for (const [text, family] of families)
  test(`the family of ${JSON.stringify(text)}`, () => assert.equal(osFields(text, '').family, family))
