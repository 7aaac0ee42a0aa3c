import { promisify } from 'node:util'
import zlib from 'node:zlib'
import type { BulkBody } from '../../event.ts'
import type { Compression } from './options.ts'

const gzip = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gzip)
const gunzip = promisify<zlib.InputType, Buffer>(zlib.gunzip)

export interface WireBody {
  readonly bytes: Buffer
  readonly encoding: 'identity' | 'gzip'
}

/** The same memory, as the Buffer that node:http wants; a copy of a megabyte per request would cost more than all the rest. */
const viewOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/**
 * A body as this output sends it. A gzip body goes out as it is under any level; under `none` it is inflated (it comes from
 * the disk queue of an agent that ran with another setting), because whoever forbids compression has a proxy that says so.
 * zlib works in the thread pool, not in the event loop.
 */
export const wireBody = async (body: BulkBody, compression: Compression): Promise<WireBody> => {
  const bytes = viewOf(body.bytes)
  if (compression === 'none') {
    return { bytes: body.encoding === 'gzip' ? await gunzip(bytes) : bytes, encoding: 'identity' }
  }
  if (body.encoding === 'gzip') return { bytes, encoding: 'gzip' }
  return { bytes: await gzip(bytes, { level: compression === 'fast' ? 1 : compression }), encoding: 'gzip' }
}
