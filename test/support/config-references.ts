import type { References } from '../../agent/config/check-scalar.ts'

/** An environment and secret files in memory. */
export const references = (
  environment: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = {},
): References => {
  const read = (path: string): string => {
    const text = files[path]
    if (text === undefined) throw Object.assign(new Error(`no such file: ${path}`), { code: 'ENOENT' })
    return text
  }
  return { environment, secretFiles: { stamp: read, read } }
}
