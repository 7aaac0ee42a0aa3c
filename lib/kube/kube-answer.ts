import type { IncomingMessage } from 'node:http'
import { KubeError, kubeErrorFromStatus } from './kube-error.ts'
import { readBytes } from './read-body.ts'

const MAX_ERROR_BYTES = 64 * 1024

const retryAfterMs = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,5}$/.test(header) ? Number(header) * 1000 : undefined

const parsed = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return { message: bytes.toString('utf8').trim() }
  }
}

/** What an answer that is no success says. Its status counts also where its words are too many, or are cut off. */
export const refusal = async (response: IncomingMessage): Promise<KubeError> => {
  const body = await readBytes(response, MAX_ERROR_BYTES).then(parsed, () => undefined)
  return kubeErrorFromStatus(body, response.statusCode, retryAfterMs(response.headers['retry-after']))
}

/** What it comes to where no answer came. */
export const noAnswer = (error: unknown): KubeError => {
  if (error instanceof KubeError) return error
  const message =
    error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code) : String(error)
  return new KubeError(message, {
    status: undefined,
    reason: undefined,
    retryAfterMs: undefined,
    expired: false,
    cause: error,
  })
}
