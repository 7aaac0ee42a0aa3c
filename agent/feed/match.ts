/**
 * fluentd's match patterns (docs.fluentd.org, "Match Patterns"): `*` is one tag part, `**` any number of parts (none
 * too), `{a,b}` either; several patterns are separated by white space. Tags are parts joined by dots.
 */
export const compileMatch = (patterns: string): ((tag: string) => boolean) => {
  const all = patterns
    .split(/\s+/)
    .filter((p) => p !== '')
    .map((p) => new RegExp(`^${translate(p)}$`, 's'))
  return (tag) => all.some((r) => r.test(tag))
}

const TOKEN = /\.\*\*$|^\*\*\.|\.\*\*\.|\*\*|\*|\{[^{}]*\}|[^*{.]+|[*{.]/g

const translate = (pattern: string): string => (pattern.match(TOKEN) ?? []).map(translateToken).join('')

const translateToken = (token: string): string => {
  switch (token) {
    case '.**':
      return '(?:\\..*)?'
    case '**.':
      return '(?:.*\\.)?'
    case '.**.':
      return '\\.(?:.*\\.)?'
    case '**':
      return '.*'
    case '*':
      return '[^.]*'
  }
  if (token.startsWith('{') && token.endsWith('}')) {
    return `(?:${token.slice(1, -1).split(',').map(translate).join('|')})`
  }
  return token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
