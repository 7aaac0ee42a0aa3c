import { readFileSync } from 'node:fs'

/** Put in by esbuild's `define` when a program is bundled; a bundle has no package.json beside it. */
declare const PICKET_VERSION: string | undefined

export const readVersion = (): string => {
  if (typeof PICKET_VERSION === 'string') return PICKET_VERSION
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

declare const PICKET_REVISION: string | undefined

/** Empty where the program runs from its sources. */
export const readRevision = (): string => (typeof PICKET_REVISION === 'string' ? PICKET_REVISION : '')
