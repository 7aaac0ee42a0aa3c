export const STARTUP_TAINT_KEY = 'picket.dev/agent-not-ready'

/** As the server checks a taint's key: a name, with a DNS name before it or not. */
const KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/

export const isTaintKey = (key: string): boolean => KEY.test(key)
