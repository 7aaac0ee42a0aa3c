/**
 * How long to wait before attempt number `attempt` + 1 (attempts count from 1): "full jitter", a uniform draw between 0 and
 * an exponentially growing ceiling, which spreads the agents of a whole cluster that all lost the same server at the same
 * moment (aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter). `random` is in [0, 1). Never below a tenth of
 * `initialMs`, so that an unlucky draw is not a tight loop.
 */
export const backoff = (attempt: number, initialMs: number, maxMs: number, random: number): number => {
  // 2^30 × 1 ms is twelve days: beyond that the exponent only risks overflow.
  const ceilingMs = Math.min(maxMs, initialMs * 2 ** Math.min(Math.max(attempt - 1, 0), 30))
  return Math.round(Math.max(Math.min(initialMs / 10, maxMs), random * ceilingMs))
}
