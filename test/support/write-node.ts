import fs from 'node:fs'
import { dirname, join } from 'node:path'

const write = (path: string, text: string): void => {
  fs.mkdirSync(dirname(path), { recursive: true })
  // As the kernel answers: never half of it.
  fs.writeFileSync(`${path}.new`, text)
  fs.renameSync(`${path}.new`, path)
}

const stat = (tick: number): string => {
  const cpu = (name: string, shares: readonly number[]): string =>
    `${name} ${shares.map((share) => share * tick).join(' ')} 0 0\n`
  const first = [300, 0, 100, 500, 100, 0, 0, 0]
  const second = [100, 0, 100, 700, 100, 0, 0, 0]
  const both = first.map((share, i) => share + second[i]!)
  return `${cpu('cpu ', both)}${cpu('cpu0', first)}${cpu('cpu1', second)}intr 1\nctxt 1\nbtime 1700000000\nprocesses 1\nprocs_running 1\nprocs_blocked 0\nsoftirq 1\n`
}

const netdev = (tick: number): string =>
  `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
  eth0: ${1000 + 500 * tick} 10 0 0 0 0 0 0 ${700 * tick} 7 0 0 0 0 0 0
    lo: ${100 * tick} 1 0 0 0 0 0 0 ${100 * tick} 1 0 0 0 0 0 0
`

const MEMINFO = `MemTotal:        8000 kB
MemFree:         1000 kB
MemAvailable:    6000 kB
Buffers:          100 kB
Cached:          2000 kB
SwapTotal:          0 kB
SwapFree:           0 kB
`

const FIB_TRIE = `Local:
        |-- 10.0.0.7
           /32 host LOCAL
`

/** A small node's /proc, /sys and / below a folder. What it counts grows with the tick. */
export const writeNode = (folder: string, tick: number): void => {
  const proc = join(folder, 'proc')
  write(join(proc, 'stat'), stat(tick))
  write(join(proc, 'meminfo'), MEMINFO)
  write(join(proc, 'loadavg'), '0.50 0.25 0.10 1/100 1234\n')
  write(join(proc, 'diskstats'), ' 254       0 vda 100 0 2000 300 400 0 5000 600 0 700 900 0 0 0 0 0 0\n')
  for (const pid of ['1', 'self']) {
    write(join(proc, pid, 'mountinfo'), '22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n')
    write(join(proc, pid, 'mounts'), '/dev/vda1 / ext4 rw,relatime 0 0\n')
    write(join(proc, pid, 'net/dev'), netdev(tick))
    write(join(proc, pid, 'net/fib_trie'), FIB_TRIE)
    write(join(proc, pid, 'net/if_inet6'), 'fe8000000000000000fc00fffe000001 04 40 20 80     eth0\n')
  }
  const eth0 = join(folder, 'sys/class/net/eth0')
  write(join(eth0, 'address'), '02:fc:00:00:00:01\n')
  fs.mkdirSync(join(eth0, 'device'), { recursive: true })
  write(join(folder, 'root/etc/os-release'), 'ID=talos\nNAME="Talos"\nVERSION_ID=v1.9.0\n')
  write(join(folder, 'root/etc/machine-id'), '0123456789abcdef0123456789abcdef\n')
}
