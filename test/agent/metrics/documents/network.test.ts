import assert from 'node:assert/strict'
import test from 'node:test'
import { networkDocuments } from '../../../../agent/metrics/documents/network.ts'
import { nodeLook } from '../../../support/node-families.ts'

/** By interface: bytes and packets received, bytes and packets sent. */
const network = (interfaces: Readonly<Record<string, readonly [number, number, number, number]>>) => {
  const family = (i: number) => Object.entries(interfaces).map(([device, counts]) => [{ device }, counts[i]!] as const)
  const none = Object.keys(interfaces).map((device) => [{ device }, 0] as const)
  return nodeLook({
    node_network_receive_bytes_total: family(0),
    node_network_receive_packets_total: family(1),
    node_network_transmit_bytes_total: family(2),
    node_network_transmit_packets_total: family(3),
    ...Object.fromEntries(
      ['receive_errs', 'receive_drop', 'transmit_errs', 'transmit_drop'].map((n) => [`node_network_${n}_total`, none]),
    ),
  })
}

const oneInterface = (name: string, [bytesIn, packetsIn, bytesOut, packetsOut]: readonly number[]) => ({
  system: {
    network: {
      name,
      in: { bytes: bytesIn, packets: packetsIn, errors: 0, dropped: 0 },
      out: { bytes: bytesOut, packets: packetsOut, errors: 0, dropped: 0 },
    },
  },
})
const host = ([bytesIn, packetsIn, bytesOut, packetsOut]: readonly number[]) => ({
  host: {
    network: { ingress: { bytes: bytesIn, packets: packetsIn }, egress: { bytes: bytesOut, packets: packetsOut } },
  },
})

test('the first look: each interface’s totals, and nothing of the host', () => {
  const now = network({ eth0: [1000, 10, 500, 5], lo: [7, 1, 7, 1] })
  assert.deepEqual(networkDocuments(now, undefined), [
    oneInterface('eth0', [1000, 10, 500, 5]),
    oneInterface('lo', [7, 1, 7, 1]),
  ])
})

test('the host has what all interfaces counted in the period', () => {
  const before = network({ eth0: [1000, 10, 500, 5], lo: [7, 1, 7, 1] })
  const now = network({ eth0: [1900, 19, 700, 7], lo: [10, 2, 10, 2] })
  assert.deepEqual(networkDocuments(now, before).at(-1), host([903, 10, 203, 3]))
})

const ofHost: readonly [string, Parameters<typeof network>[0], Parameters<typeof network>[0], readonly number[]][] = [
  [
    'an interface made anew counts from nothing',
    { eth0: [1000, 10, 500, 5] },
    { eth0: [30, 3, 20, 2] },
    [30, 3, 20, 2],
  ],
  [
    'one that has just come has no period yet',
    { eth0: [1, 1, 1, 1] },
    { eth0: [2, 2, 2, 2], veth1: [9e9, 9, 9, 9] },
    [1, 1, 1, 1],
  ],
  [
    'one that has gone takes nothing away',
    { eth0: [1, 1, 1, 1], veth1: [5, 5, 5, 5] },
    { eth0: [2, 2, 2, 2] },
    [1, 1, 1, 1],
  ],
  ['a still network', { eth0: [1, 1, 1, 1] }, { eth0: [1, 1, 1, 1] }, [0, 0, 0, 0]],
]
for (const [title, before, now, expected] of ofHost)
  test(title, () => assert.deepEqual(networkDocuments(network(now), network(before)).at(-1), host(expected)))

test('where the collector failed, now or before, nothing is said of the host', () => {
  const seen = network({ eth0: [1, 1, 1, 1] })
  assert.deepEqual(networkDocuments(nodeLook({}), seen), [])
  assert.deepEqual(networkDocuments(seen, nodeLook({})), [oneInterface('eth0', [1, 1, 1, 1])])
})
