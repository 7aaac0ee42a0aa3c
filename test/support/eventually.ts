import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until `look` returns something other than undefined, false or a throw; fails with the last reason at the deadline. */
export const eventually = async <T>(
  what: string,
  look: () => T | Promise<T>,
  deadlineMs = 20_000,
): Promise<NonNullable<T>> => {
  const end = Date.now() + deadlineMs
  for (;;) {
    let last: unknown
    try {
      const seen = await look()
      if (seen !== undefined && seen !== null && seen !== false) return seen
      last = seen
    } catch (error) {
      last = error
    }
    if (Date.now() > end)
      throw new Error(
        `not within ${deadlineMs} ms: ${what} (last: ${last instanceof Error ? last.message : String(last)})`,
      )
    await sleep(20)
  }
}
