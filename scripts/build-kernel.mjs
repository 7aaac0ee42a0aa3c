// Compiles the AssemblyScript kernel to build/kernel.wasm. Run by `npm ci` (prepare), so that nobody commits the binary.
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const root = fileURLToPath(new URL('..', import.meta.url))
mkdirSync(`${root}build`, { recursive: true })
// memoryBase: whatever the compiler wants to place statically goes below the kernel's own map (assembly/memory.ts).
// The encoder brings the memory; 1024 pages are the most that it may have.
const flags =
  '--runtime stub --enable simd --enable bulk-memory -O3 --noAssert --memoryBase 16 --importMemory --initialMemory 16 --maximumMemory 1024'
const { error, stderr } = await asc.main([
  'agent/kernel/assembly/kernel.ts',
  '--baseDir',
  root,
  '-o',
  'build/kernel.wasm',
  ...flags.split(' '),
])
if (error) {
  console.error(String(stderr))
  console.error(error.message)
  process.exitCode = 1
}
