export interface ListenAddress {
  /** undefined: every address of the machine, IPv6 and IPv4. */
  readonly host: string | undefined
  readonly port: number
}

const FORM = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/

/** `127.0.0.1:9464`, `localhost:9464`, `[::1]:9464`, `:9464`, `9464`; `off` is null. What cannot be read throws with the forms that can. */
export const parseListenAddress = (text: string): ListenAddress | null => {
  if (text === 'off') return null
  const match = FORM.exec(/^\d+$/.test(text) ? `:${text}` : text)
  const port = Number(match?.[3])
  if (!match || port > 65_535)
    throw new Error(
      `cannot listen on ${JSON.stringify(text)}: expected host:port, [IPv6 address]:port, :port or off, with a port from 0 to 65535`,
    )
  const host = match[1] ?? match[2] ?? ''
  return { host: host === '' ? undefined : host, port }
}
