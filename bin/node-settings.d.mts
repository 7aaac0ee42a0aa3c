import type { Heap } from './heap-limit.mjs'
export const AGENT_HEAP: Heap
export const CONTROLLER_HEAP: Heap
export const FLAGS: readonly string[]
export const ALLOCATOR: Readonly<Record<string, string>>
export const CONTROLLER_FLAGS: readonly string[]
