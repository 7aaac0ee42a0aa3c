import type { Json, JsonObject, Labels } from '../cluster.ts'

const NOTHING: JsonObject = {}
const NO_ITEMS: readonly Json[] = []

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)

const valueAt = (value: Json | undefined, path: readonly string[]): Json | undefined => {
  let at = value
  for (const key of path) at = isObject(at) ? at[key] : undefined
  return at
}

/** Empty where there is none, or something else. The server has validated what is read here; a field is absent or right. */
export const objectAt = (value: Json | undefined, ...path: readonly string[]): JsonObject => {
  const at = valueAt(value, path)
  return isObject(at) ? at : NOTHING
}

export const listAt = (value: Json | undefined, ...path: readonly string[]): readonly Json[] => {
  const at = valueAt(value, path)
  return isList(at) ? at : NO_ITEMS
}

export const textAt = (value: Json | undefined, ...path: readonly string[]): string => {
  const at = valueAt(value, path)
  return typeof at === 'string' ? at : ''
}

export const textsAt = (value: Json | undefined, ...path: readonly string[]): readonly string[] =>
  listAt(value, ...path).filter((item) => typeof item === 'string')

/** A map of texts: labels, annotations, a nodeSelector. */
export const labelsAt = (value: Json | undefined, ...path: readonly string[]): Labels => {
  const entries = Object.entries(objectAt(value, ...path))
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
