/** One document that the output will never take, as a line of a dead-letter file. */
export interface DeadLetter {
  /** When the verdict came, RFC 3339. */
  readonly time: string
  readonly output: string
  readonly status: number
  readonly type: string
  readonly reason: string
  /** The action line and the document line, verbatim, as they were sent. */
  readonly action: string
  readonly document: string
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** JSON within JSON as it is (so that jq can look into it, and no number is rounded); anything else as a string. */
const embed = (text: string): string => (isJson(text) ? text : JSON.stringify(text))

/** With its newline. */
export const formatDeadLetter = (letter: DeadLetter): string => {
  const { action, document, ...rest } = letter
  return `${JSON.stringify(rest).slice(0, -1)},"action":${embed(action)},"document":${embed(document)}}\n`
}

/** The texts of action and document are cut out of the line, not parsed and written anew: what is replayed is what was sent. */
const verbatim = (
  line: string,
  action: unknown,
  document: unknown,
): { action: string; document: string } | undefined => {
  if (typeof action === 'string' || typeof document === 'string') return undefined
  const from = line.indexOf(',"action":{')
  const middle = line.indexOf('},"document":{', from)
  if (from < 0 || middle < 0) return undefined
  const texts = { action: line.slice(from + 10, middle + 1), document: line.slice(middle + 13, -1) }
  return isJson(texts.action) && isJson(texts.document) ? texts : undefined
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** undefined: not a dead letter (a line that was half written). */
export const parseDeadLetter = (line: string): DeadLetter | undefined => {
  try {
    const { time, output, status, type, reason, action, document } = JSON.parse(line)
    if (typeof time !== 'string' || typeof status !== 'number' || document === undefined) return undefined
    const texts = verbatim(line, action, document) ?? { action: asText(action), document: asText(document) }
    return { time, output, status, type, reason, ...texts }
  } catch {
    return undefined
  }
}
