import fs from 'node:fs'
import { promisify } from 'node:util'
import { isAbsent, openAttribute } from './attribute-file.ts'

const readInThread = promisify(fs.read)

/** A sensor's text is a number or a short name. */
const MAX_BYTES = 128

/** Opening asks the driver for nothing; reading may wait for a bus or for firmware, and must not make the agent wait. */
export const readSlowAttribute = async (path: string): Promise<string | undefined> => {
  let fd: number | undefined
  try {
    fd = openAttribute(path)
    const { bytesRead, buffer } = await readInThread(fd, Buffer.allocUnsafe(MAX_BYTES), 0, MAX_BYTES, 0)
    return buffer.toString('utf8', 0, bytesRead).trim()
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  } finally {
    if (fd !== undefined) fs.closeSync(fd)
  }
}
