export interface Heap {
  readonly usual: number
  readonly rest: number
  readonly least: number
  readonly most: number
}
export const memoryLimitBytes: (root?: string) => number | undefined
export const heapMebibytes: (heap: Heap, limitBytes: number | undefined) => number
export const withHeapLimit: (
  flags: readonly string[],
  heap: Heap,
  limitBytes: number | undefined,
  nodeOptions?: string,
) => readonly string[]
