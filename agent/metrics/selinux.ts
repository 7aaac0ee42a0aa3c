import type { OpenCollector } from './collector.ts'
import { single } from './family.ts'

const MODES: ReadonlyMap<string, number> = new Map([
  ['enforcing', 1],
  ['permissive', 0],
  ['disabled', -1],
])

/** /etc/selinux/config: `SELINUX=enforcing`. -1 where it says none of the three, as libselinux has it. */
export const parseSelinuxConfig = (text: string): number =>
  MODES.get(/^\s*SELINUX=\s*(\w+)/m.exec(text)?.[1] ?? '') ?? -1

/** node_exporter: collector/selinux_linux.go. */
export const openSelinux: OpenCollector = (host) => ({
  name: 'selinux',
  collect: () => {
    const enforce = host.maybe(() => host.sys('fs/selinux/enforce'))
    const enabled = single(
      'gauge',
      'node_selinux_enabled',
      'SELinux is enabled, 1 is true, 0 is false',
      enforce === undefined ? 0 : 1,
    )
    if (enforce === undefined) return [enabled]
    const configured = parseSelinuxConfig(host.maybe(() => host.root('etc/selinux/config')) ?? '')
    return [
      single('gauge', 'node_selinux_config_mode', 'Configured SELinux enforcement mode', configured),
      single('gauge', 'node_selinux_current_mode', 'Current SELinux enforcement mode', Number(enforce)),
      enabled,
    ]
  },
})
