export interface ListenAddress {
  /** undefined: every address of the machine. */
  readonly host: string | undefined
  readonly port: number
}

/** `127.0.0.1:9464`, `[::1]:9464`, `:9464`, `localhost:9464`; undefined where the text is none of these. */
export const parseListen = (text: string): ListenAddress | undefined => {
  const [, bracketed, host, digits] = /^(?:\[([0-9a-fA-F:.%]+)\]|([^\s:[\]/]*)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits === undefined || port > 65_535) return undefined
  return { host: bracketed ?? (host === '' ? undefined : host), port }
}

/** Whether only this machine can reach it: 127.0.0.0/8, ::1, and `localhost`, which is both (RFC 6761, 6.3). */
export const isLoopback = (host: string | undefined): boolean =>
  host !== undefined && /^(?:127(?:\.\d{1,3}){3}|::1|(?:0{1,4}:){7}0{0,3}1|localhost)$/i.test(host)
