/** What Node is started with, here, in the image and in the benchmarks; the measurements are in docs/performance.md. */

/**
 * In MiB (heap-limit.mjs). The upper limit is for a node far behind: max_followed_files, 5,000, unread while the output is away, and the
 * names of 20,000 (docs/files.md), in the 200 MiB that the agent's container has. Below 32 it could only be for ever collecting: 12 live.
 */
export const AGENT_HEAP = { usual: 96, rest: 104, least: 32, most: 512 }

/**
 * A young generation of 1 to 2 MiB: the hot path makes no JavaScript objects, and a larger one only stays resident; a smaller one
 * promotes what is dead a moment later. The old one has 14 MB that live; a first limit of 16 and no collections "while it is idle"
 * (an agent always is) leave a full collection every half minute where there was one every few seconds, a third of the CPU at moderate rates.
 * The kernel is WebAssembly, which has its own compiler: for the rest Maglev is enough, and TurboFan and generous inlining only cost start-up time and 5 MB. V8's
 * own work is little: waking helper threads for it costs as much as it saves, and each of them has memory of its own.
 */
export const FLAGS = [
  '--min-semi-space-size=1',
  '--max-semi-space-size=2',
  '--initial-old-space-size=16',
  `--max-old-space-size=${AGENT_HEAP.usual}`,
  '--no-memory-reducer',
  '--no-turbofan',
  '--optimize-for-size',
  '--single-threaded',
  '--disable-warning=ExperimentalWarning',
]

/**
 * The controller keeps what it has seen of the cluster: of 5,000 nodes and as many agents some 40 MB. A list is read page by page, each
 * parsed from some MB of JSON that die young.
 */
export const CONTROLLER_HEAP = { usual: 512, rest: 128, least: 64, most: 2048 }

export const CONTROLLER_FLAGS = [
  '--max-semi-space-size=8',
  `--max-old-space-size=${CONTROLLER_HEAP.usual}`,
  '--disable-warning=ExperimentalWarning',
]

/**
 * glibc gives freed memory back only from the heap's end, and moves its threshold for mmap up as it goes: the parser's scratch
 * memory would stay resident for good (mallopt(3)).
 */
export const ALLOCATOR = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '32768',
  MALLOC_TRIM_THRESHOLD_: '32768',
  MALLOC_TOP_PAD_: '4096',
}
