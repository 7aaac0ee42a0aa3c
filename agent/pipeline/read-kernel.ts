import { readFileSync } from 'node:fs'

/** The compiled AssemblyScript kernel, where `npm ci` put it; the bundler puts the bytes themselves in place of this read. */
export const readKernel = (): Uint8Array<ArrayBuffer> => {
  try {
    return new Uint8Array(readFileSync(new URL('../../build/kernel.wasm', import.meta.url)))
  } catch (error) {
    throw new Error('the kernel is not compiled; run: npm run build:kernel', { cause: error })
  }
}
