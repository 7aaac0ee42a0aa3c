import { readFileSync } from 'node:fs'

/** What scripts/build-page.mjs made of browser/, where `npm ci` put it; the bundler puts the text itself in place of this read. */
export const readAssets = (): string => {
  try {
    return readFileSync(new URL('../../build/page.json', import.meta.url)).toString()
  } catch (error) {
    throw new Error('the node page is not built; run: npm run build:page', { cause: error })
  }
}
