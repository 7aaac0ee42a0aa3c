import fs from 'node:fs'
import { isMap, isScalar, type Pair, parse, parseDocument, type YAMLMap } from 'yaml'

/** A value of the chart as charts/picket/values.yaml has it. */
export interface Value {
  readonly key: string
  /** The comment above it, in one line. */
  readonly description: string
  /** `@type NAME` in the comment: one of value-types.ts. */
  readonly type: string | undefined
  /** `@schema {…}`: JSON Schema that comes on top of what the default tells. */
  readonly schema: Readonly<Record<string, unknown>>
  readonly byDefault: unknown
  /** A block's own values; undefined where it is one value, whatever that holds. */
  readonly children: readonly Value[] | undefined
}

const FILE = new URL('../../charts/picket/values.yaml', import.meta.url)

const ANNOTATION = /^@(type|schema) (.*)$/

/** yaml gives the comment above a block's first key to the block. What a blank line parts from the key is about more than it. */
const commentOf = (pair: Pair, index: number, map: YAMLMap): string => {
  const own = isScalar(pair.key) ? pair.key.commentBefore : undefined
  const comment = own ?? (index === 0 ? map.commentBefore : undefined) ?? ''
  return comment.split(/\n\s*\n/).at(-1) ?? ''
}

const readPair = (pair: Pair, index: number, map: YAMLMap): Value => {
  const key = String(isScalar(pair.key) ? pair.key.value : pair.key)
  const lines = commentOf(pair, index, map)
    .split('\n')
    .map((line) => line.trim())
  const noted = lines.map((line) => ANNOTATION.exec(line)).filter((found) => found !== null)
  const note = (name: string): string | undefined => noted.find((found) => found[1] === name)?.[2]
  const type = note('type')
  const { value } = pair
  const block = isMap(value) && type === undefined && value.items.length > 0
  return {
    key,
    description: lines
      .filter((line) => !ANNOTATION.test(line))
      .join(' ')
      .trim(),
    type,
    schema: parse(note('schema') ?? '{}') as Record<string, unknown>,
    byDefault: (map.toJSON() as Record<string, unknown>)[key],
    children: block ? readMap(value) : undefined,
  }
}

const readMap = (map: YAMLMap): Value[] => map.items.map((pair, index) => readPair(pair as Pair, index, map))

export const readValues = (text = fs.readFileSync(FILE, 'utf8')): Value[] => {
  const document = parseDocument(text)
  if (document.errors[0]) throw document.errors[0]
  return readMap(document.contents as YAMLMap)
}
