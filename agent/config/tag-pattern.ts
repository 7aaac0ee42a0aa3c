/**
 * Whether two patterns of tags (fluentd's: `*` one part, `**` any number, `{a,b}` either) have a tag in common. Errs on the
 * side of yes: it is asked only to tell people of an output that nothing can reach.
 */
export const patternsMeet = (a: string, b: string): boolean =>
  alternatives(a).some((x) => alternatives(b).some((y) => partsMeet(x.split('.'), y.split('.'))))

/** Braces written out: `{a,b}.c` → `a.c`, `b.c`. Beyond a thousand the rest is taken for "anything". */
const alternatives = (pattern: string): string[] => {
  const done: string[] = []
  const open = [pattern]
  while (open.length > 0) {
    if (open.length + done.length > 1000) return ['**']
    const next = open.pop()!
    const braces = /\{([^{}]*)\}/.exec(next)
    if (!braces) done.push(next)
    else for (const choice of braces[1]!.split(',')) open.push(next.replace(braces[0], () => choice.trim()))
  }
  return done
}

const partsMeet = (a: readonly string[], b: readonly string[]): boolean => {
  const [first, ...rest] = a
  const [other, ...others] = b
  if (first === undefined && other === undefined) return true
  if (first?.includes('**')) return partsMeet(rest, b) || (other !== undefined && partsMeet(a, others))
  if (other?.includes('**')) return partsMeet(b, a)
  if (first === undefined || other === undefined) return false
  return partMeets(first, other) && partsMeet(rest, others)
}

const partMeets = (a: string, b: string): boolean => {
  if (a.includes('*') && b.includes('*')) return true
  return a.includes('*') ? globTakes(a, b) : b.includes('*') ? globTakes(b, a) : a === b
}

const globTakes = (glob: string, word: string): boolean =>
  new RegExp(`^${glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*')}$`).test(word)

/** What is wrong with a list of patterns as it is written. */
export const patternMistake = (patterns: string): string | undefined => {
  let depth = 0
  for (const c of patterns) {
    if (c === '{') depth += 1
    if (c === '}') depth -= 1
    if (depth < 0) return 'has a } without a {'
    if (depth > 0 && /\s/.test(c)) return 'has a blank between { and }; blanks separate patterns'
  }
  return depth > 0 ? 'has a { without a }' : undefined
}
