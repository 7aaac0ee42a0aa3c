import fs from 'node:fs'

/** What is wrong with this process, not with the device. */
const OWN_TROUBLE = new Set(['EMFILE', 'ENFILE', 'ENOMEM'])

/** An attribute is a page at most (kernel: Documentation/filesystems/sysfs.rst), and one read gives all of it. */
const page = Buffer.allocUnsafeSlow(4096)

/**
 * A driver has no such attribute (ENOENT, EOPNOTSUPP), or not now (EINVAL), or its hardware does not answer (EIO): other attributes and devices
 * are told of all the same.
 */
export const isAbsent = (error: unknown): boolean => {
  const { code, errno } = error as NodeJS.ErrnoException
  return errno !== undefined && !OWN_TROUBLE.has(code ?? '')
}

export const openAttribute = (path: string): number => fs.openSync(path, fs.constants.O_RDONLY)

/** From its beginning, so that the kernel asks the driver again. */
export const readAttributeAt = (fd: number): string =>
  page.toString('utf8', 0, fs.readSync(fd, page, 0, page.length, 0)).trim()

/** The trimmed text of a file in sysfs; undefined where the driver has nothing to say. */
export const readAttribute = (path: string): string | undefined => {
  let fd: number | undefined
  try {
    fd = openAttribute(path)
    return readAttributeAt(fd)
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  } finally {
    if (fd !== undefined) fs.closeSync(fd)
  }
}

/** Decimal, or hexadecimal after 0x; undefined for anything else. */
export const attributeNumber = (text: string | undefined): number | undefined => {
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  return Number.isNaN(value) ? undefined : value
}
