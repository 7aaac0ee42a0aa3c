/** os-release(5): assignments as a shell reads them. Later ones of a name win; lines that are none are passed over. */
export const parseOsRelease = (text: string): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, key, value] = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)$/.exec(line) ?? []
    if (key !== undefined && value !== undefined) found.set(key, unquote(value.trim()))
  }
  return found
}

const unquote = (value: string): string => {
  const quote = value[0]
  if (quote === "'" && value.endsWith("'") && value.length > 1) return value.slice(1, -1)
  if (quote === '"' && value.endsWith('"') && value.length > 1) return value.slice(1, -1).replace(/\\([\\"$`])/g, '$1')
  return value.replace(/\s+#.*$/, '')
}
