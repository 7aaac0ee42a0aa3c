import { getSystemErrorMessage } from 'node:util'

export interface MountStats {
  readonly bsize: number
  readonly blocks: number
  readonly bfree: number
  readonly bavail: number
  readonly files: number
  readonly ffree: number
}

export type MountAnswer =
  | { readonly kind: 'stats'; readonly stats: MountStats }
  | { readonly kind: 'error'; readonly reason: string }

export interface MountProbeDeps {
  readonly statfs: (path: string) => Promise<MountStats>
  /** Calls back after ms; returns its cancellation. */
  readonly after: (ms: number, call: () => void) => () => void
  readonly timeoutMs: number
  /** Each question takes one of libuv's four threads until it is answered; those that never are keep theirs. */
  readonly maxInFlight: number
}

export interface MountProbe {
  /** One answer per path, in their order. Never throws. */
  askAll(paths: readonly string[]): Promise<MountAnswer[]>
}

/** node_exporter's word for it. */
const TIMED_OUT: MountAnswer = { kind: 'error', reason: 'mountpoint timeout' }
const NOT_ASKED: MountAnswer = { kind: 'error', reason: 'not asked: other mounts do not answer' }

/** Linux's words for what mounts fail with and libuv has none for, or other ones. */
const REASONS: Readonly<Record<number, string>> = {
  [-107]: 'transport endpoint is not connected',
  [-116]: 'stale NFS file handle',
}

const failure = (error: unknown): MountAnswer => {
  const { errno, message } = error as NodeJS.ErrnoException
  const reason = errno === undefined ? message : (REASONS[errno] ?? getSystemErrorMessage(errno))
  return { kind: 'error', reason }
}

/** Asks mounts for their sizes. One that does not answer is not asked again until it has. */
export const createMountProbe = ({ statfs, after, timeoutMs, maxInFlight }: MountProbeDeps): MountProbe => {
  const unanswered = new Set<string>()

  const ask = (path: string): Promise<MountAnswer> => {
    const { promise, resolve } = Promise.withResolvers<MountAnswer>()
    const cancel = after(timeoutMs, () => resolve(TIMED_OUT))
    unanswered.add(path)
    const answered = (answer: MountAnswer): void => {
      unanswered.delete(path)
      cancel()
      resolve(answer)
    }
    statfs(path).then(
      (stats) => answered({ kind: 'stats', stats }),
      (error) => answered(failure(error)),
    )
    return promise
  }

  return {
    askAll: async (paths) => {
      const answers = paths.map((path): MountAnswer => (unanswered.has(path) ? TIMED_OUT : NOT_ASKED))
      const open = [...paths.keys()].filter((index) => answers[index] === NOT_ASKED)
      /** Ends where its question does: the thread is gone then. */
      const work = async (): Promise<void> => {
        for (let index = open.shift(); index !== undefined; index = open.shift()) {
          const answer = await ask(paths[index] as string)
          answers[index] = answer
          if (answer === TIMED_OUT) return
        }
      }
      await Promise.all(Array.from({ length: maxInFlight - unanswered.size }, work))
      return answers
    },
  }
}
