import { nearest } from '../../lib/words/nearest.ts'
import { type Checking, checkScalar, type References, resolve } from './check-scalar.ts'
import { describe, type Located, type LocatedMap } from './located.ts'
import { byPlace, childPath, type Mistake, mistake, type Place } from './mistake.ts'
import { readYaml } from './read-yaml.ts'
import { checkRules } from './rules.ts'
import { type Config, rootSchema } from './schema.ts'
import { kindOf, mapOf, type SchemaNode } from './schema-node.ts'

export type Checked =
  | { readonly kind: 'valid'; readonly config: Config }
  | { readonly kind: 'mistaken'; readonly mistakes: readonly Mistake[] }

/** Text of a configuration → the configuration with its defaults, or everything that is wrong with it. */
export const checkConfig = (text: string, references: References): Checked => {
  const { root, mistakes } = readYaml(text)
  const checking: Walking = { ...references, mistakes: [...mistakes], places: new Map() }
  if (root !== undefined) {
    const config = check(rootSchema, root, '', checking)
    checkRules(config, (path) => nearestPlace(checking.places, path), references.environment, checking.mistakes)
    if (checking.mistakes.length === 0) return { kind: 'valid', config: config as Config }
  }
  return { kind: 'mistaken', mistakes: checking.mistakes.toSorted(byPlace) }
}

interface Walking extends Checking {
  /** Where each path stands that is written in the document. */
  readonly places: Map<string, Place | undefined>
}

/** Of the path itself, or where it is not written, of the block that it would stand in. */
const nearestPlace = (places: ReadonlyMap<string, Place | undefined>, path: string): Place | undefined => {
  for (let p = path; p !== ''; p = p.replace(/(\.[^.[]*|\[[^[]*\])$/, '')) {
    if (places.has(p)) return places.get(p)
    if (!/[.[]/.test(p)) break
  }
  return undefined
}

const check = (schema: SchemaNode, node: Located, path: string, walking: Walking): unknown => {
  if (schema.anyOf) return checkVariant(schema.anyOf, node, path, walking)
  if (schema.properties) return checkBlock(schema, node, path, walking)
  if (schema.patternProperties) return checkNamed(schema, node, path, walking)
  if (schema.type === 'array') return checkList(schema, node, path, walking)
  if (schema.type === 'object') return checkAny(node, path, walking, true)
  return checkScalar(schema, node, path, walking)
}

/** A key with nothing after it is an empty block, as people write it when they have commented its lines out. */
const asMap = (node: Located, path: string, walking: Walking): LocatedMap | undefined => {
  if (node.kind === 'map') return node
  if (node.kind === 'scalar' && node.value === null) return { kind: 'map', place: node.place, entries: new Map() }
  walking.mistakes.push(
    mistake(path, node.place, 'must be a block of options', { found: describeSafely(node), secret: true }),
  )
  return undefined
}

/** A value in the wrong place may be a secret. */
const describeSafely = (node: Located): string =>
  node.kind === 'scalar' && typeof node.value === 'string' ? 'text' : describe(node)

const checkVariant = (variants: readonly SchemaNode[], node: Located, path: string, walking: Walking): unknown => {
  const map = asMap(node, path, walking)
  if (map === undefined) return undefined
  const kinds = variants.map(kindOf)
  const entry = map.entries.get('kind')
  if (entry === undefined) {
    walking.mistakes.push(mistake(path, map.place, 'has no kind', { allowed: kinds.join(', ') }))
    return undefined
  }
  const kind = checkScalar({ enum: kinds }, entry.value, childPath(path, 'kind'), walking)
  const variant = variants.find((v) => kindOf(v) === kind)
  return variant && checkBlock(variant, map, path, walking)
}

const checkBlock = (schema: SchemaNode, node: Located, path: string, walking: Walking): unknown => {
  const map = asMap(node, path, walking)
  if (map === undefined) return undefined
  const properties = schema.properties ?? {}
  refuseUnknown(map, Object.keys(properties), path, walking)
  const value: Record<string, unknown> = {}
  for (const [key, option] of Object.entries(properties)) {
    const at = childPath(path, key)
    const entry = map.entries.get(key)
    if (entry) walking.places.set(at, entry.place)
    if (entry) value[key] = option.const ?? check(option, entry.value, at, walking)
    else if (schema.required?.includes(key)) value[key] = fallback(option, at, map, walking)
  }
  return value
}

/** An option that is not written: its default, itself checked so that blocks fill up. */
const fallback = (option: SchemaNode, path: string, map: LocatedMap, walking: Walking): unknown => {
  if (option.properties) return checkBlock(option, { kind: 'map', place: map.place, entries: new Map() }, path, walking)
  if (option.default !== undefined) return structuredClone(option.default)
  if (option.instead !== undefined && map.entries.has(option.instead)) return undefined
  if (path === 'sources' || path === 'outputs') return {}
  walking.mistakes.push(mistake(path, map.place, 'is missing', { suggestion: exampleOf(option, path) }))
  return undefined
}

const exampleOf = (option: SchemaNode, path: string): string | undefined => {
  const example = option.examples?.[0]
  return example === undefined
    ? undefined
    : `for instance ${path.slice(path.lastIndexOf('.') + 1)}: ${JSON.stringify(example)}`
}

const refuseUnknown = (map: LocatedMap, known: readonly string[], path: string, walking: Walking): void => {
  for (const [key, { place }] of map.entries) {
    if (known.includes(key)) continue
    const near = nearest(key, known)
    const details = { allowed: known.join(', '), suggestion: near && `did you mean ${near}?`, secret: true }
    walking.mistakes.push(mistake(childPath(path, key), place, 'is not an option', details))
  }
}

const checkNamed = (schema: SchemaNode, node: Located, path: string, walking: Walking): unknown => {
  const map = asMap(node, path, walking)
  const [pattern, values] = mapOf(schema) ?? ['', {}]
  const value = new Map<string, unknown>()
  for (const [name, entry] of map?.entries ?? []) {
    const at = childPath(path, name)
    walking.places.set(at, entry.place)
    if (!new RegExp(pattern, 'u').test(name)) {
      walking.mistakes.push(mistake(at, entry.place, `must be ${schema.patternText}`, { secret: true }))
    }
    value.set(name, check(values, entry.value, at, walking))
  }
  // Not by assignment: a header may be called __proto__.
  return map && Object.fromEntries(value)
}

const checkList = (schema: SchemaNode, node: Located, path: string, walking: Walking): unknown => {
  if (node.kind !== 'list') {
    const suggestion =
      node.kind === 'scalar' && node.value !== null ? `put it in brackets: [${JSON.stringify(node.text)}]` : undefined
    walking.mistakes.push(
      mistake(path, node.place, 'must be a list', {
        found: describeSafely(node),
        suggestion: shownSafely(node) ? suggestion : undefined,
        secret: true,
      }),
    )
    return undefined
  }
  if (node.items.length < (schema.minItems ?? 0)) {
    walking.mistakes.push(mistake(path, node.place, 'is empty', { allowed: `at least ${schema.minItems}` }))
  }
  const values = node.items.map((item, i) => {
    walking.places.set(childPath(path, i), item.place)
    return check(schema.items ?? {}, item, childPath(path, i), walking)
  })
  for (const [i, value] of values.entries()) {
    if (value === undefined || values.indexOf(value) === i) continue
    walking.mistakes.push(
      mistake(childPath(path, i), node.items[i]?.place, 'stands in the list twice', {
        found: describe(node.items[i]!),
      }),
    )
  }
  return values
}

const shownSafely = (node: Located): boolean => node.kind === 'scalar' && !/[@?#]/.test(node.text)

/** Static fields: as they are, with their references resolved. */
const checkAny = (node: Located, path: string, walking: Walking, top: boolean): unknown => {
  if (node.kind === 'list') return node.items.map((item, i) => checkAny(item, childPath(path, i), walking, false))
  if (node.kind === 'map') {
    const checked = [...node.entries].map(([key, { place, value }]) => {
      const at = childPath(path, key)
      walking.places.set(at, place)
      return [key, checkAny(value, at, walking, false)] as const
    })
    return Object.fromEntries(checked)
  }
  if (top && node.value !== null) return asMap(node, path, walking)
  if (top) return {}
  return typeof node.value === 'string' ? resolve(node.value, node, path, walking)?.text : node.value
}
