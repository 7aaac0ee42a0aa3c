import { KubeError } from '../../lib/kube/kube-error.ts'

export interface TroubleEvents {
  /** Something is wrong, or something else than before. */
  readonly failed: (error: Error) => void
  /** All is well again. */
  readonly recovered: () => void
}

/** Tells of trouble when it changes, not each time it is met: an election tries every two seconds, for hours. */
export interface Trouble {
  met(error: Error): void
  over(): void
}

const kindOf = (error: Error): string =>
  error instanceof KubeError && error.status !== undefined ? `${error.status} ${error.reason}` : 'no answer'

export const createTrouble = ({ failed, recovered }: TroubleEvents): Trouble => {
  let present: string | undefined

  const met = (error: Error): void => {
    const kind = kindOf(error)
    if (kind === present) return
    present = kind
    failed(error)
  }

  const over = (): void => {
    if (present === undefined) return
    present = undefined
    recovered()
  }

  return { met, over }
}
