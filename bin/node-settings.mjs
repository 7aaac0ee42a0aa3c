/** What Node is started with, here, in the image and in the benchmarks; the measurements are in docs/performance.md. */

/**
 * A young generation of 2 MiB: the hot path makes no JavaScript objects, and a larger one only stays resident. The kernel is
 * WebAssembly, which has its own compiler: for the rest Maglev is enough, and TurboFan and generous inlining only cost start-up time and 5 MB. The heap is
 * small: waking helper threads for each collection costs more than they save.
 */
export const FLAGS = [
  '--max-semi-space-size=2',
  '--max-old-space-size=64',
  '--no-turbofan',
  '--optimize-for-size',
  '--single-threaded-gc',
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
