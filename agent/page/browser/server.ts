const KEY = 'picket.token'

/** In this tab alone, until it is closed. */
const token = (): string | null => sessionStorage.getItem(KEY)
export const keepToken = (value: string): void => sessionStorage.setItem(KEY, value)

/** The server asks for a token, or for another one. */
export class TokenNeeded extends Error {
  override readonly name = 'TokenNeeded'
}

export type Parameters = Readonly<Record<string, string | number | undefined>>

const addressOf = (path: string, parameters: Parameters): string => {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== '')
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]))
  return given.length === 0 ? path : `${path}?${query}`
}

let onTokenNeeded = (): void => {}
export const whenTokenNeeded = (call: () => void): void => {
  onTokenNeeded = call
}

export const get = async (path: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<Response> => {
  const own = token()
  const response = await fetch(addressOf(path, parameters), {
    cache: 'no-store',
    ...(own !== null && { headers: { authorization: `Bearer ${own}` } }),
    ...(signal && { signal }),
  })
  if (response.status === 401) {
    onTokenNeeded()
    throw new TokenNeeded('a token is needed')
  }
  return response
}

/** The reply to a question; a server that says it cannot answer throws what it says. */
export const ask = async <T>(path: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<T> => {
  const response = await get(path, parameters, signal)
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false
  if (!isJson) throw new Error((await response.text()).trim() || `the agent answers ${response.status}`)
  return (await response.json()) as T
}

/** A failed fetch has words of the browser's own, which say nothing to people. */
export const reasonOf = (error: unknown): string =>
  error instanceof TypeError ? 'the agent cannot be reached' : error instanceof Error ? error.message : String(error)
