/**
 * Words of a failed connection. A name with several addresses, all of which refuse, fails with an AggregateError that has no
 * message of its own; each of its parts says of which address it speaks.
 */
export const failureWords = (error: unknown): string => {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(failureWords).join(', ')
  return (error instanceof Error && error.message) || String(error)
}

/** Failures before a byte of the request was sent: libuv's connect and name look-up. */
export const notSent = (reason: string): boolean => /^(connect|getaddrinfo) /.test(reason)
