import type { OpenCollector } from './collector.ts'
import { single } from './family.ts'
import { parseWhole } from './whole-number.ts'

/** node_exporter: collector/entropy_linux.go. */
export const openEntropy: OpenCollector = (host) => {
  const read = (name: string): number => parseWhole(host.proc(`sys/kernel/random/${name}`), name)
  return {
    name: 'entropy',
    collect: () => [
      single('gauge', 'node_entropy_available_bits', 'Bits of available entropy.', read('entropy_avail')),
      single('gauge', 'node_entropy_pool_size_bits', 'Bits of entropy pool.', read('poolsize')),
    ],
  }
}
