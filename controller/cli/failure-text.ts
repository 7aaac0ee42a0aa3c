import { KubeError } from '../../lib/kube/kube-error.ts'

export const failureText = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error)
  const answered = error instanceof KubeError && error.status !== undefined
  return answered ? `the API server says: ${message}` : `the API server cannot be reached: ${message}`
}
