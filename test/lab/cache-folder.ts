import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Where downloads and builds are kept between runs: PICKET_LAB_CACHE, else the user's cache folder. root's own home is closed
 * to the unprivileged user that servers run as, so root keeps them in /var/cache.
 */
export const cacheFolder = (...parts: readonly string[]): string => {
  const users = process.env.XDG_CACHE_HOME ?? (process.getuid?.() === 0 ? '/var/cache' : join(homedir(), '.cache'))
  const folder = join(process.env.PICKET_LAB_CACHE ?? join(users, 'picket-lab'), ...parts)
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  return folder
}
