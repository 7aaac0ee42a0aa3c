/**
 * The names of data streams, `<type>-<dataset>-<namespace>`. Rules of the parts: ECS, fields data_stream.dataset and
 * data_stream.namespace (no `-`, at most 100 characters) and Elasticsearch's index names (lower case, none of
 * `\ / * ? " < > |`, blank, `,`, `#`, `:`; not starting with `_`, `-` or `+`).
 */
const FORBIDDEN = /[\\/*?"<>|\s,#:\-\p{Cc}]/gu
const LEADING = /^[_+-]+/
const MAX_PART_BYTES = 100

const utf8 = new TextEncoder()

const cutToBytes = (text: string, limit: number): string => {
  let cut = ''
  let bytes = 0
  for (const character of text) {
    bytes += utf8.encode(character).length
    if (bytes > limit) break
    cut += character
  }
  return cut
}

/** What is wrong with a part as it stands, for those who write a configuration; undefined: nothing. */
export const dataStreamPartMistake = (part: string): string | undefined => {
  if (part === '') return 'must not be empty'
  if (part !== part.toLowerCase()) return 'must be lower case'
  if (LEADING.test(part)) return 'must not start with "_", "-" or "+"'
  const forbidden = part.match(FORBIDDEN)
  if (forbidden) return `must not hold ${JSON.stringify(forbidden[0])}`
  if (utf8.encode(part).length > MAX_PART_BYTES) return `must not be longer than ${MAX_PART_BYTES} bytes`
  return undefined
}

/**
 * Makes a part valid, for what a pod's annotation asks for: forbidden characters become `_`. undefined where nothing is left,
 * so that a senseless annotation costs its pod the wish and not its lines.
 */
export const sanitizeDataStreamPart = (wish: string): string | undefined => {
  const part = cutToBytes(wish.trim().toLowerCase().replace(FORBIDDEN, '_').replace(LEADING, ''), MAX_PART_BYTES)
  return part === '' ? undefined : part
}
