import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
  type YAMLMap,
} from 'yaml'
import type { Located, LocatedEntry, LocatedMap, LocatedScalar } from './located.ts'
import { childPath, type Mistake, mistake, type Place } from './mistake.ts'

/** Generous for people, small for memory: nobody writes a megabyte of options by hand. */
export const MAX_TEXT_BYTES = 1024 * 1024
/**
 * Aliases are followed, so ten lines can stand for a billion values (the "billion laughs"); whatever would grow beyond this is
 * refused while it is being expanded.
 */
export const MAX_NODES = 20_000
const MAX_DEPTH = 32

export interface YamlResult {
  readonly root: Located | undefined
  readonly mistakes: readonly Mistake[]
}

interface Walk {
  readonly document: Document
  readonly lines: LineCounter
  readonly text: string
  readonly mistakes: Mistake[]
  nodes: number
}

export const readYaml = (text: string): YamlResult => {
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES) {
    const details = { found: `${Buffer.byteLength(text)} bytes`, allowed: `at most ${MAX_TEXT_BYTES} bytes` }
    return { root: undefined, mistakes: [mistake('', undefined, 'the file is too large for a configuration', details)] }
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2', merge: false })
  const walk: Walk = { document, lines, text, mistakes: [], nodes: 0 }
  walk.mistakes.push(...syntaxMistakes(walk))
  // A key that stands there twice hides nothing else: the rest is checked all the same.
  const broken = [...document.errors, ...document.warnings].some((error) => error.code !== 'DUPLICATE_KEY')
  if (broken) return { root: undefined, mistakes: walk.mistakes }
  const root = document.contents === null ? emptyMap : locate(walk, document.contents, 0)
  return { root: isNothing(root) ? emptyMap : root, mistakes: walk.mistakes }
}

const emptyMap: LocatedMap = { kind: 'map', place: undefined, entries: new Map() }

const isNothing = (node: Located): boolean => node.kind === 'scalar' && node.value === null

const placeAt = (walk: Walk, offset: number): Place => {
  const { line, col } = walk.lines.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

const placeOf = (walk: Walk, node: unknown): Place | undefined => {
  const range = (node as Node | null)?.range
  return range ? placeAt(walk, range[0]) : undefined
}

/** One per line: the parser stumbles over the same thing several times. */
const syntaxMistakes = (walk: Walk): Mistake[] => {
  const byLine = new Map<number, Mistake>()
  for (const error of [...walk.document.errors, ...walk.document.warnings]) {
    const found = syntaxMistake(walk, error)
    if (!byLine.has(found.place?.line ?? 0)) byLine.set(found.place?.line ?? 0, found)
  }
  return [...byLine.values()]
}

const syntaxMistake = (walk: Walk, error: YAMLError): Mistake => {
  const place = placeAt(walk, error.pos[0])
  if (error.code === 'DUPLICATE_KEY') {
    const path = pathAt(walk.document, error.pos[0])
    return mistake(path, place, 'stands here twice', { suggestion: 'keep one of them', secret: true })
  }
  if (error.code === 'MULTIPLE_DOCS') return mistake('', place, 'only one document may stand in the file')
  if (error.code === 'TAB_AS_INDENT') {
    return mistake('', place, 'not valid YAML: a tab is used to indent', { suggestion: 'use blanks' })
  }
  const line = walk.text.split('\n')[place.line - 1] ?? ''
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the very text that is to be written
  const suggestion = /[{[].*\$\{/.test(line) ? 'inside { } and [ ] write references in quotes: "${NAME}"' : undefined
  return mistake('', place, `not valid YAML: ${sentenceOf(error)}`, { suggestion })
}

/** The parser's own sentence without the text that it quotes: that may be a secret. */
const sentenceOf = (error: YAMLError): string => {
  const sentence = error.message.replace(/: ".*"$/s, '').replace(/\.?\s*$/, '')
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`
}

/** The path of the key at an offset. */
const pathAt = (document: Document, offset: number): string => {
  let path = ''
  visit(document, {
    Pair: (_, pair, ancestors) => {
      if ((pair.key as Node | null)?.range?.[0] !== offset) return undefined
      const pairs = [...ancestors.filter(isPair), pair]
      path = pairs.reduce((at, { key }) => childPath(at, String(isScalar(key) ? key.value : key)), '')
      return visit.BREAK
    },
  })
  return path
}

const nothing = (place: Place | undefined): LocatedScalar => ({ kind: 'scalar', place, value: null, text: '' })

const locate = (walk: Walk, node: unknown, depth: number): Located => {
  const place = placeOf(walk, node)
  if (!spend(walk, place, depth)) return nothing(place)
  if (isAlias(node)) return locateAlias(walk, node, depth)
  if (isMap(node)) return { kind: 'map', place, entries: locateEntries(walk, node, depth) }
  if (isSeq(node)) return { kind: 'list', place, items: node.items.map((item) => locate(walk, item, depth + 1)) }
  if (isScalar(node)) return locateScalar(node.value, node.source, place)
  return nothing(place)
}

/** false: the limits are reached. Says so once. */
const spend = (walk: Walk, place: Place | undefined, depth: number): boolean => {
  walk.nodes += 1
  if (walk.nodes <= MAX_NODES && depth <= MAX_DEPTH) return true
  if (walk.nodes !== Number.POSITIVE_INFINITY) {
    const allowed = `at most ${MAX_NODES} values, ${MAX_DEPTH} deep, aliases followed`
    walk.mistakes.push(mistake('', place, 'the configuration is too large once its aliases are followed', { allowed }))
  }
  walk.nodes = Number.POSITIVE_INFINITY
  return false
}

const locateScalar = (value: unknown, source: string | undefined, place: Place | undefined): LocatedScalar => {
  const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null
  const text = source ?? String(value)
  return { kind: 'scalar', place, value: known ? value : text, text }
}

const locateAlias = (walk: Walk, alias: Alias, depth: number): Located => {
  const target = alias.resolve(walk.document)
  return target === undefined ? nothing(placeOf(walk, alias)) : locate(walk, target, depth + 1)
}

const locateEntries = (walk: Walk, map: YAMLMap, depth: number): Map<string, LocatedEntry> => {
  const entries = new Map<string, LocatedEntry>()
  const merged: LocatedMap[] = []
  for (const pair of map.items) {
    const key = keyText(walk, pair)
    const value = locate(walk, pair.value, depth + 1)
    if (key === '<<') merged.push(...mapsOf(value))
    else if (key !== undefined) entries.set(key, { place: placeOf(walk, pair.key), value })
  }
  // What stands in the map itself wins, then the earlier of the merged ones (yaml.org/type/merge.html).
  for (const other of merged) for (const [key, entry] of other.entries) if (!entries.has(key)) entries.set(key, entry)
  return entries
}

const mapsOf = (value: Located): LocatedMap[] => {
  if (value.kind === 'map') return [value]
  return value.kind === 'list' ? value.items.filter((item) => item.kind === 'map') : []
}

const keyText = (walk: Walk, pair: Pair): string | undefined => {
  if (isScalar(pair.key))
    return typeof pair.key.value === 'string' ? pair.key.value : (pair.key.source ?? String(pair.key.value))
  walk.mistakes.push(mistake('', placeOf(walk, pair.key), 'a key must be a plain word', {}))
  return undefined
}
