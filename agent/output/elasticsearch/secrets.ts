import type { Auth, ElasticsearchOptions } from './options.ts'

/** Headers with values that may change from one request to the next. */
export type VaryingHeaders = readonly (readonly [name: string, value: string])[]

export const basicCredentials = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

interface Source {
  readonly name: string
  readonly read: () => string
  readonly compose: (secret: string) => string
}

const same = (value: string): string => value

const authorization = (auth: Auth): readonly Source[] => {
  const name = 'authorization'
  switch (auth.kind) {
    case 'none':
      return []
    case 'api_key':
      return [{ name, read: auth.apiKey, compose: (key) => `ApiKey ${key.trim()}` }]
    case 'bearer':
      return [{ name, read: auth.token, compose: (token) => `Bearer ${token.trim()}` }]
    case 'basic': {
      const compose = (password: string) => basicCredentials(auth.username, password.replace(/\r?\n$/, ''))
      return [{ name, read: auth.password, compose }]
    }
  }
}

/**
 * Asks for every secret of the output. The same array comes back as long as none has changed, so that what was made of it can
 * be kept. Throws what a secret throws.
 */
export const createSecretHeaders = ({
  auth,
  headers,
}: Pick<ElasticsearchOptions, 'auth' | 'headers'>): (() => VaryingHeaders) => {
  const own = Object.entries(headers).map(([name, read]) => ({ name: name.toLowerCase(), read, compose: same }))
  const sources: readonly Source[] = [...authorization(auth), ...own]
  const seen: string[] = []
  let composed: VaryingHeaders = []
  // Outlives a call that throws half-way, so that what it saw is not forgotten.
  let changed = false
  return () => {
    for (let n = 0; n < sources.length; n++) {
      const value = sources[n]!.read()
      if (value === seen[n]) continue
      seen[n] = value
      changed = true
    }
    if (changed) composed = sources.map(({ name, compose }, n) => [name, compose(seen[n]!)] as const)
    changed = false
    return composed
  }
}
