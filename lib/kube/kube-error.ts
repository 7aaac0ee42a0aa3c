/** A Kubernetes Status as far as it matters here (apimachinery, pkg/apis/meta/v1/types.go). */
interface Status {
  readonly message?: unknown
  readonly reason?: unknown
  readonly code?: unknown
  readonly details?: { readonly retryAfterSeconds?: unknown; readonly causes?: unknown }
}

export interface KubeErrorDetail {
  /** HTTP status, or the code in a Status; undefined where no answer came. */
  readonly status: number | undefined
  /** The Status' reason, such as Expired, Forbidden, Timeout. */
  readonly reason: string | undefined
  readonly retryAfterMs: number | undefined
  /** The resource version or continue token is too old, or of another history: list again. */
  readonly expired: boolean
  /** The reasons of the Status' causes, such as NamespaceTerminating. */
  readonly causes?: readonly string[]
  readonly cause?: unknown
}

export class KubeError extends Error {
  readonly status: number | undefined
  readonly reason: string | undefined
  readonly retryAfterMs: number | undefined
  readonly expired: boolean
  readonly causes: readonly string[]

  constructor(message: string, detail: KubeErrorDetail) {
    super(message, detail.cause === undefined ? {} : { cause: detail.cause })
    this.name = 'KubeError'
    this.status = detail.status
    this.reason = detail.reason
    this.retryAfterMs = detail.retryAfterMs
    this.expired = detail.expired
    this.causes = detail.causes ?? []
  }
}

const asObject = (value: unknown): Status => (typeof value === 'object' && value !== null ? (value as Status) : {})

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

const seconds = (value: unknown): number | undefined =>
  typeof value === 'number' && value >= 0 && Number.isFinite(value) ? value * 1000 : undefined

const causesOf = (status: Status): readonly string[] => {
  const causes = status.details?.causes
  return Array.isArray(causes)
    ? causes.flatMap((cause) => text((cause as { reason?: unknown } | null)?.reason) ?? [])
    : []
}

/** A server that is behind the version we know of (restored, restarted) says so as 504 with this cause or message. */
const ofTheFuture = (status: Status): boolean =>
  JSON.stringify(status.details?.causes ?? '').includes('ResourceVersionTooLarge') ||
  (text(status.message) ?? '').includes('Too large resource version')

/** From the answer's body, or the object of an ERROR event. `httpStatus` where there was one, `retryAfterMs` from the header. */
export const kubeErrorFromStatus = (body: unknown, httpStatus?: number, retryAfterMs?: number): KubeError => {
  const status = asObject(body)
  const code = typeof status.code === 'number' ? status.code : httpStatus
  const reason = text(status.reason)
  return new KubeError(text(status.message)?.slice(0, 500) ?? `the API server answered ${code ?? 'with an error'}`, {
    status: code,
    reason,
    retryAfterMs: retryAfterMs ?? seconds(status.details?.retryAfterSeconds),
    causes: causesOf(status),
    expired: code === 410 || reason === 'Expired' || reason === 'Gone' || ofTheFuture(status),
  })
}

/** What an answer that cannot be understood comes to: the only way on is a new list. */
export const malformed = (message: string, cause?: unknown): KubeError =>
  new KubeError(message, { status: undefined, reason: 'Malformed', retryAfterMs: undefined, expired: true, cause })

const TOO_LARGE = 'AnswerTooLarge'

export const tooLarge = (maxBytes: number): KubeError =>
  new KubeError(`an answer of more than ${maxBytes} bytes`, {
    status: undefined,
    reason: TOO_LARGE,
    retryAfterMs: undefined,
    expired: true,
  })

export const isTooLarge = (error: unknown): boolean => error instanceof KubeError && error.reason === TOO_LARGE
