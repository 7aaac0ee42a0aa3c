/** What the kernel exports: its functions, and the addresses of its memory map (assembly/memory.ts says what is there). */
export interface Kernel extends KernelFunctions, Readonly<Record<Address, number>> {}

interface KernelFunctions {
  setHead(at: number, bytes: number, withOffset: boolean, afterId: number, afterIdBytes: number): void
  setTexts(
    stdout: number,
    stdoutBytes: number,
    stderr: number,
    stderrBytes: number,
    none: number,
    noneBytes: number,
  ): void
  setLimit(maxRecordBytes: number): void
  packBegin(plain: number, out: number, head: number, headBits: number): void
  packForget(): void
  packEnd(end: number): void
  pack(...parts: PackedParts): void
  run: Run
  runPlain: Run
}

type Run = (from: number, end: number, base: bigint, out: number, full: number, limit: number) => number

/** Where a document's parts begin (assembly/deflate.ts). */
export type PackedParts = [
  stream: number,
  start: number,
  idOffset: number,
  afterId: number,
  text: number,
  offset: number,
  tail: number,
  message: number,
  end: number,
]

const FUNCTIONS = [
  'setHead',
  'setTexts',
  'setLimit',
  'packBegin',
  'packForget',
  'packEnd',
  'pack',
  'run',
  'runPlain',
] as const satisfies readonly (keyof KernelFunctions)[]

const ADDRESSES = [
  'SLACK',
  'CARRY',
  'PAIRS',
  'TEXTS',
  'TEXTS_BYTES',
  'CARRIED',
  'CARRIED_BYTES',
  'INPUT',
  'INPUT_BYTES',
  'SLOTS',
  'STAMP_MINUTE',
  'STAMP_ZONE',
  'COUNT_LINES',
  'COUNT_DOCUMENTS',
  'OUT_END',
  'STOP',
  'PACKED_END',
  'PLAIN_TIME',
  'PLAIN_TIME_LENGTH',
  'LITERALS',
  'LENGTHS',
  'DISTANCES',
  'STOP_DONE',
  'STOP_FULL',
  'STOP_RARE',
  'STOP_STAMP',
  'CARRY_SIZE',
  'CARRY_STATE',
  'CARRY_DIRTY',
  'CARRY_ESCAPED',
  'CARRY_RAW',
  'CARRY_OFFSET',
  'CARRY_END',
  'CARRY_TIME_LENGTH',
  'CARRY_TIME',
  'CARRY_NONE',
  'CARRY_KERNEL',
  'CARRY_HOST',
] as const

type Address = (typeof ADDRESSES)[number]

export interface KernelMemory {
  readonly kernel: Kernel
  readonly bytes: Buffer
  readonly view: DataView
}

const PAGE_BYTES = 65_536

/**
 * The kernel on a memory of its own, which never grows (a growing one would detach every view of it). Pages that are never
 * touched cost address space only.
 */
export const instantiateKernel = (wasm: BufferSource | WebAssembly.Module, slotsBytes: number): KernelMemory => {
  const module = wasm instanceof WebAssembly.Module ? wasm : new WebAssembly.Module(wasm)
  const pages = Math.ceil((FIXED_BYTES + slotsBytes) / PAGE_BYTES)
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const kernel = kernelOf(exports)
  if (kernel.SLOTS !== FIXED_BYTES)
    throw new Error(`kernel.wasm has slots at ${kernel.SLOTS}, not ${FIXED_BYTES}: rebuild it`)
  const bytes = Buffer.from(memory.buffer)
  for (let i = 0; i < 100; i++) bytes.write(String(i).padStart(2, '0'), kernel.PAIRS + 2 * i, 'latin1')
  return { kernel, bytes, view: new DataView(memory.buffer) }
}

/** SLOTS of assembly/memory.ts: what comes before the slots. */
const FIXED_BYTES = 1 << 20

const kernelOf = (exports: WebAssembly.Exports): Kernel => {
  const missing = [...FUNCTIONS, ...ADDRESSES].filter((name) => !(name in exports))
  if (missing.length > 0) throw new Error(`kernel.wasm does not export ${missing.join(', ')}: rebuild it`)
  const functions = FUNCTIONS.map((name) => [name, exports[name]])
  const addresses = ADDRESSES.map((name) => [name, Number((exports[name] as WebAssembly.Global).value)])
  return Object.fromEntries([...functions, ...addresses]) as Kernel
}
