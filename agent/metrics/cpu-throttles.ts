import type { Host } from './host.ts'

/** The counters of thermal events, per core and per package, by the CPU whose folder in sysfs has them. */
interface ThrottleFiles {
  readonly cores: readonly { readonly core: string; readonly package: string; readonly path: string }[]
  readonly packages: readonly { readonly package: string; readonly path: string }[]
}

const CPUS = 'devices/system/cpu'

/** Threads of a core show the same counter, cores of a package too: the first of each. */
const find = (host: Host, cpus: readonly string[]): ThrottleFiles => {
  const cores = new Map<string, ThrottleFiles['cores'][number]>()
  const packages = new Map<string, ThrottleFiles['packages'][number]>()
  for (const cpu of cpus) {
    const read = (path: string): string | undefined => host.maybe(() => host.sys(`${CPUS}/${cpu}/${path}`).trim())
    const [core, part] = [read('topology/core_id'), read('topology/physical_package_id')]
    if (core === undefined || part === undefined) continue
    const path = `${CPUS}/${cpu}/thermal_throttle`
    const key = `${part}/${core}`
    if (!cores.has(key) && read('thermal_throttle/core_throttle_count') !== undefined)
      cores.set(key, { core, package: part, path: `${path}/core_throttle_count` })
    if (!packages.has(part) && read('thermal_throttle/package_throttle_count') !== undefined)
      packages.set(part, { package: part, path: `${path}/package_throttle_count` })
  }
  return { cores: [...cores.values()], packages: [...packages.values()] }
}

export const findThrottleFiles = (host: Host): ThrottleFiles => {
  const folders = host.maybe(() => host.listSys(CPUS)) ?? []
  const numbers = folders.filter((name) => /^cpu\d+$/.test(name)).map((name) => Number(name.slice(3)))
  return find(
    host,
    numbers.toSorted((a, b) => a - b).map((number) => `cpu${number}`),
  )
}
