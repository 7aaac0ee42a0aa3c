import type { Look } from '../../agent/metrics/documents/look.ts'
import { cpuSeconds, nodeLook } from './node-families.ts'

const disk = { device: 'vda' }
const mount = { device: '/dev/vda1', mountpoint: '/', fstype: 'ext4' }

const at = (tick: number): Look =>
  nodeLook(
    {
      ...cpuSeconds(
        { user: 4 * tick, nice: tick, system: tick, idle: 2 * tick, iowait: tick, irq: 0, softirq: 0, steal: tick },
        { user: 2 * tick, nice: 0, system: 2 * tick, idle: 6 * tick, iowait: 0, irq: 0, softirq: 0, steal: 0 },
      ),
      node_load1: 3,
      node_load5: 2,
      node_load15: 1,
      node_memory_MemTotal_bytes: 8000,
      node_memory_MemFree_bytes: 1000,
      node_memory_MemAvailable_bytes: 6000,
      node_memory_Cached_bytes: 4000,
      node_memory_SwapTotal_bytes: 4000,
      node_memory_SwapFree_bytes: 4000,
      node_filesystem_size_bytes: [[mount, 1000]],
      node_filesystem_free_bytes: [[mount, 400]],
      node_filesystem_avail_bytes: [[mount, 200]],
      node_filesystem_files: [[mount, 64]],
      node_filesystem_files_free: [[mount, 60]],
      node_disk_reads_completed_total: [[disk, 10 * tick]],
      node_disk_writes_completed_total: [[disk, 20 * tick]],
      node_disk_read_bytes_total: [[disk, 1000 * tick]],
      node_disk_written_bytes_total: [[disk, 2000 * tick]],
      node_disk_read_time_seconds_total: [[disk, 0.1 * tick]],
      node_disk_write_time_seconds_total: [[disk, 0.2 * tick]],
      node_disk_io_time_seconds_total: [[disk, 0.5 * tick]],
      node_disk_io_time_weighted_seconds_total: [[disk, tick]],
      ...Object.fromEntries(
        ['receive', 'transmit'].flatMap((way, i) =>
          ['bytes', 'packets', 'errs', 'drop'].map((field, j) => [
            `node_network_${way}_${field}_total`,
            [[{ device: 'eth0' }, [6000, 60, 0, 0][j]! * (i + 1) * tick] as const],
          ]),
        ),
      ),
    },
    10_000 * tick,
  )

/** Looks at a node that does the same in every period of 10 s: half of one processor and so on, in round numbers. */
export const busyNode = [at(1), at(2), at(3), at(4)] as const
