import fs from 'node:fs'
import { cgroupPids, removeCgroups } from './cgroups.ts'
import { removeBridge } from './machine.ts'

/**
 * The end of a lab with real nodes, also of one that was killed: containers outlive containerd, and shims outlive everything. Synchronous, so that it can be done
 * while the process exits.
 */

const GONE_WITHIN_MS = 10_000
const LOOK_EVERY_MS = 50

const commandLine = (pid: string): string => {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

const isShim = (pid: number): boolean => commandLine(String(pid)).includes('containerd-shim')

/** Processes that were started with a path of this folder: the control plane, holders, kubelet, kube-proxy, containerd and its shims. */
const pidsOf = (folder: string): readonly number[] =>
  fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && commandLine(name).includes(folder))
    .map(Number)

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone already.
  }
}

const pause = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY_MS)

const end = (look: () => readonly number[]): void => {
  const deadline = Date.now() + GONE_WITHIN_MS
  for (let left = look(); left.length > 0; left = look()) {
    if (Date.now() > deadline) throw new Error(`still there: processes ${left.join(', ')}`)
    left.forEach(kill)
    pause()
  }
}

export const sweep = (folder: string, { keepFiles = false } = {}): void => {
  // Who would start anew what ends; then containers; then the shims, who take their children's end before their own.
  end(() => pidsOf(folder).filter((pid) => !isShim(pid)))
  end(cgroupPids)
  end(() => pidsOf(folder))
  removeBridge()
  removeCgroups()
  if (keepFiles) console.log(`kept: ${folder}`)
  else fs.rmSync(folder, { recursive: true, force: true })
}
