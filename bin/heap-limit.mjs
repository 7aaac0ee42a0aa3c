/** V8's heap within the memory that a container, or a systemd unit, may use. Plain JavaScript for any Node >= 20. */
import { readFileSync } from 'node:fs'

const MIB = 1024 * 1024

const read = (file) => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** `/a/b` as `/a/b`, `/a` and the root. */
const upwards = (path) => {
  const parts = path.split('/').filter(Boolean)
  return [...parts.keys(), parts.length].map((count) =>
    parts
      .slice(0, count)
      .map((part) => `/${part}`)
      .join(''),
  )
}

/** A line `4:memory:/path` is of version 1, `0::/path` of version 2 (cgroups(7)). */
const filesOf = (line, root) => {
  const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
  const at = `${root}/sys/fs/cgroup`
  if (controllers === '') return upwards(path).map((one) => `${at}${one}/memory.max`)
  if (controllers?.split(',').includes('memory'))
    return upwards(path).map((one) => `${at}/memory${one}/memory.limit_in_bytes`)
  return []
}

/**
 * The tightest limit of the cgroups that this process is in, or undefined. In a container without a cgroup namespace the path is the
 * node's, and its limit stands where the container has its root; what is above it, a pod's or a slice's limit, holds too. That is why
 * process.constrainedMemory(), which looks at one place, is not enough. `root` is for tests.
 */
export const memoryLimitBytes = (root = '') => {
  const limits = read(`${root}/proc/self/cgroup`)
    .split('\n')
    .flatMap((line) => filesOf(line, root))
    .map((file) => Number.parseInt(read(file), 10))
    // `max` is no number, and without a limit version 1 has one of nine exbibytes.
    .filter((bytes) => Number.isSafeInteger(bytes))
  return limits.length === 0 ? undefined : Math.min(...limits)
}

/**
 * `usual` without a limit, and where there is room for just that beside `rest`, which is what the process has outside of the heap.
 * Less room is all the heap's loss, of more it gets half: buffers and the files that are read want the rest. All in MiB.
 */
export const heapMebibytes = ({ usual, rest, least, most }, limitBytes) => {
  if (limitBytes === undefined) return usual
  const room = limitBytes / MIB - rest
  return Math.floor(Math.min(most, Math.max(least, room <= usual ? room : usual + (room - usual) / 2)))
}

const HEAP_FLAG = /^--max-old-space-size=/
/** Of V8's flags the last one counts, and the command line comes after NODE_OPTIONS: whoever says it there would be overruled. */
const SAID = /--max[-_](old[-_]space|heap)[-_]size/

/** `flags` with the heap's limit for that memory, or without one if NODE_OPTIONS has its own. */
export const withHeapLimit = (flags, heap, limitBytes, nodeOptions = '') =>
  flags
    .filter((flag) => !HEAP_FLAG.test(flag))
    .concat(SAID.test(nodeOptions) ? [] : `--max-old-space-size=${heapMebibytes(heap, limitBytes)}`)
