import type { ApiRequest, Send } from '../../../lib/kube/api-client.ts'
import { KubeError, kubeErrorFromStatus } from '../../../lib/kube/kube-error.ts'

export interface ModelServer {
  readonly send: Send
  /** `POST /path`, in order, with bodies by side. */
  readonly asked: string[]
  readonly requests: ApiRequest[]
}

export const refused = (status: number, reason?: string, causes: readonly string[] = []): KubeError =>
  kubeErrorFromStatus({
    code: status,
    message: `refused with ${status}`,
    reason,
    details: { causes: causes.map((cause) => ({ reason: cause })) },
  })

/** Answers by the test's function; undefined is an empty object. Each answer has a version of its own, as a write would make it. */
export const createModelServer = (
  answer: (request: ApiRequest) => object | KubeError | undefined = () => undefined,
): ModelServer => {
  const asked: string[] = []
  const requests: ApiRequest[] = []
  const send: Send = async (request) => {
    const nth = asked.push(`${request.method} ${request.path}`)
    requests.push(request)
    await new Promise(setImmediate)
    const given = answer(request)
    if (given instanceof KubeError) throw given
    return given ?? { metadata: { name: `made-${nth}`, resourceVersion: String(nth) } }
  }
  return { send, asked, requests }
}
