import { statSync } from 'node:fs'
import type { Host } from './host.ts'

export type UdevProperties = ReadonlyMap<string, string>

const NONE: UdevProperties = new Map()

/** udev's database: `E:<name>=<value>` is a property of the device, other lines are not (systemd: src/libsystemd/sd-device). */
export const parseUdevProperties = (text: string): UdevProperties =>
  new Map(
    text
      .split('\n')
      .filter((line) => line.startsWith('E:') && line.includes('='))
      .map((line) => [line.slice(2, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )

/** What udev knows of a block device; nothing on a machine, or in a pod, without its database. */
export const openUdev = ({ root, roots, maybe }: Host): ((major: number, minor: number) => UdevProperties) => {
  const there = statSync(`${roots.rootfs}/run/udev/data`, { throwIfNoEntry: false })?.isDirectory()
  if (!there) return () => NONE
  return (major, minor) => {
    const text = maybe(() => root(`run/udev/data/b${major}:${minor}`))
    return text === undefined ? NONE : parseUdevProperties(text)
  }
}
