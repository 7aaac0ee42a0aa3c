import fs from 'node:fs'
import { isAbsent, openAttribute, readAttribute, readAttributeAt } from './attribute-file.ts'

/**
 * The attributes of a class of devices, read at each scrape. Opening a file of sysfs takes the kernel six times as long as reading it, so files
 * are held open: pread from 0 asks the driver anew. An open file stays with its device: one that was renamed away is known by `identity`, which is
 * opened each time; one that is gone answers ENODEV.
 */
export interface AttributeHolder {
  /** The devices that are there now, of those named. Others are forgotten. */
  look(names: readonly string[]): ReadonlyMap<string, HeldDevice>
}

export interface HeldDevice {
  /** undefined where the driver has nothing to say. */
  read(attribute: string): string | undefined
  /** Something about the device has changed: attributes that it had nothing to say about are asked for again. */
  askAgain(): void
}

export interface HeldClass {
  /** The folder of the devices' folders. */
  readonly folder: string
  /** An attribute that no other device ever has the same value of: `ifindex`. */
  readonly identity: string
  /** Files that are held open at most; each costs the kernel a page. Beyond, files are opened each time. */
  readonly maxFiles: number
}

/** Drivers are asked again for what they had nothing to say about after so many looks: each time costs an exception. */
const LOOKS_UNTIL_ASKED_AGAIN = 60

interface Device extends HeldDevice {
  readonly identity: string
  looks: number
  close(): void
}

export const createAttributeHolder = ({ folder, identity, maxFiles }: HeldClass): AttributeHolder => {
  const devices = new Map<string, Device>()
  let held = 0

  const openDevice = (name: string, id: string): Device => {
    const files = new Map<string, number>()
    const silent = new Set<string>()
    const drop = (attribute: string, fd: number): void => {
      files.delete(attribute)
      held -= 1
      fs.closeSync(fd)
    }
    const hold = (attribute: string): number => {
      const fd = openAttribute(`${folder}/${name}/${attribute}`)
      files.set(attribute, fd)
      held += 1
      return fd
    }
    const readHeld = (attribute: string): string | undefined => {
      try {
        return readAttributeAt(files.get(attribute) ?? hold(attribute))
      } catch (error) {
        const fd = files.get(attribute)
        if (fd !== undefined) drop(attribute, fd)
        if (!isAbsent(error)) throw error
        silent.add(attribute)
        return undefined
      }
    }
    return {
      identity: id,
      looks: 0,
      read: (attribute) => {
        if (attribute === identity) return id
        if (silent.has(attribute)) return undefined
        if (files.has(attribute) || held < maxFiles) return readHeld(attribute)
        const text = readAttribute(`${folder}/${name}/${attribute}`)
        if (text === undefined) silent.add(attribute)
        return text
      },
      askAgain: () => silent.clear(),
      close: () => {
        for (const [attribute, fd] of files) drop(attribute, fd)
      },
    }
  }

  const forget = (name: string): void => {
    devices.get(name)?.close()
    devices.delete(name)
  }

  const find = (name: string): Device | undefined => {
    const id = readAttribute(`${folder}/${name}/${identity}`)
    const before = devices.get(name)
    if (before !== undefined && before.identity === id) return before
    forget(name)
    if (id === undefined) return undefined
    const device = openDevice(name, id)
    devices.set(name, device)
    return device
  }

  return {
    look: (names) => {
      const there = new Set(names)
      for (const name of devices.keys()) if (!there.has(name)) forget(name)
      for (const name of names) {
        const device = find(name)
        if (device === undefined) continue
        device.looks += 1
        if (device.looks % LOOKS_UNTIL_ASKED_AGAIN === 0) device.askAgain()
      }
      return devices
    },
  }
}
