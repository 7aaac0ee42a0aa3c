/**
 * Runs all of `items` in batches of 1, 2, 4, … and stops after the batch in which one has failed: what the server refuses to one
 * (a quota, a webhook) it will refuse to thousands. Returns how many were tried, and the errors. pkg/controller slowStartBatch.
 */
export const slowStart = async <T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<{ readonly tried: number; readonly errors: readonly Error[] }> => {
  const errors: Error[] = []
  let tried = 0
  for (let size = 1; tried < items.length && errors.length === 0; size *= 2) {
    const batch = items.slice(tried, tried + size)
    tried += batch.length
    const outcomes = await Promise.allSettled(batch.map(work))
    for (const outcome of outcomes) if (outcome.status === 'rejected') errors.push(outcome.reason as Error)
  }
  return { tried, errors }
}
