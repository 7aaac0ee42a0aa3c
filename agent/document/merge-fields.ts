/**
 * JSON objects of document fields. Built without a prototype, because keys come from pods and configuration files:
 * `__proto__` is a key like any other.
 */
export type Fields = { [key: string]: unknown }

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * `over` wins, key by key; objects are merged, anything else (arrays too) replaces. `null` leaves the field out, an object
 * that becomes empty is left out with it.
 */
export const mergeFields = (under: Fields, over: Fields): Fields => {
  const merged: Fields = Object.assign(Object.create(null), under)
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(under, key) ? under[key] : undefined
    const result = isFields(value) ? mergeFields(isFields(below) ? below : {}, value) : value
    const empty = result === null || result === undefined || (isFields(result) && Object.keys(result).length === 0)
    if (empty) delete merged[key]
    else merged[key] = result
  }
  return merged
}

/** `{'host.os.name': 'x'}` as `{host: {os: {name: 'x'}}}`: Elasticsearch takes both for the same field and refuses some mixtures. */
export const expandDots = (fields: Fields): Fields => {
  let expanded: Fields = Object.create(null)
  for (const [key, value] of Object.entries(fields)) {
    const names = key.split('.').filter((name) => name !== '')
    let nested: unknown = isFields(value) ? expandDots(value) : value
    for (const name of names.reverse()) {
      const outer: Fields = Object.create(null)
      outer[name] = nested
      nested = outer
    }
    if (isFields(nested)) expanded = keepNulls(expanded, nested)
  }
  return expanded
}

/** As mergeFields, but a null stays: it still has to take a field out of the facts. */
const keepNulls = (under: Fields, over: Fields): Fields => {
  const merged: Fields = Object.assign(Object.create(null), under)
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key]
    merged[key] = isFields(value) && isFields(below) ? keepNulls(below, value) : value
  }
  return merged
}
