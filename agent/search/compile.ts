import { createFieldJudge, type Fields, fieldPaths, fieldValues } from './field-value.ts'
import { indexTerms, messageExpression } from './pattern.ts'
import type { FieldTest, Query } from './query.ts'
import { recordLevel } from './record-level.ts'

/** What the compiler must know of a store; see agent/store/schema.ts. */
export interface StoreLayout {
  /** The names of the full-text tables. */
  readonly volumes: readonly string[]
  readonly shapes: readonly ShapeFields[]
}

/** The fields that all rows of a shape share. */
export interface ShapeFields {
  readonly id: number
  readonly fields: Fields
  /** Top-level fields of which no row has more than `fields` says. */
  readonly closed: readonly string[]
}

/**
 * A condition on a row `d` of the store's documents. Everything that a user typed is a parameter (numbered `?1` …) or a
 * number of a test: `text_matches(k, message)` and `field_matches(k, shape, offset, rest, message)` are functions that
 * the store's reader provides from `texts` and `fields`.
 */
export interface Condition {
  readonly sql: string
  readonly parameters: readonly string[]
  readonly texts: readonly RegExp[]
  readonly fields: readonly RowTest[]
  /** FTS5 expressions that every row found must satisfy. */
  readonly required: readonly string[]
}

/**
 * What finds the rows: the word index, or a walk over the rows by time that the index only filters. The first is right for
 * rare words, the second for frequent ones, where sorting all matches by time costs far more than meeting the newest.
 */
export type Driver = 'words' | 'time'

/** Judges what varies from row to row, given all of its fields and, where the message is a JSON object, its fields. */
export type RowTest = (fields: Fields, message: string, body: Fields | undefined) => boolean

class Compiler {
  readonly #layout: StoreLayout
  /** A unary plus keeps SQLite from using an index for the column (sqlite.org/optoverview.html). */
  readonly #id: string
  readonly parameters: string[] = []
  readonly texts: RegExp[] = []
  readonly fields: RowTest[] = []

  constructor(layout: StoreLayout, driver: Driver) {
    this.#layout = layout
    this.#id = driver === 'time' ? '+d.id' : 'd.id'
  }

  compile(query: Query): string {
    switch (query.kind) {
      case 'all':
        return '1'
      case 'not':
        return `NOT ${this.compile(query.part)}`
      case 'or': {
        const expression = indexExpression(query)
        if (expression !== undefined) return this.#words(expression)
        return `(${query.parts.map((part) => this.compile(part)).join(' OR ')})`
      }
      case 'and':
        return this.#and(query.parts)
      case 'text':
        return this.#and([query])
      case 'field':
        return this.#field(query.field, query.test)
    }
  }

  /** The words of all parts that must hold are asked of the index at once: it joins them far faster than SQL does. */
  #and(parts: readonly Query[]): string {
    const terms: string[] = []
    const conditions: string[] = []
    for (const part of parts) {
      terms.push(...requiredWords(part))
      if (indexExpression(part) !== undefined) continue
      if (part.kind !== 'text') conditions.push(this.compile(part))
      else conditions.push(this.#text(messageExpression(part.pattern)))
    }
    if (terms.length > 0) conditions.unshift(this.#words(terms.join(' AND ')))
    return `(${conditions.join(' AND ')})`
  }

  #words(expression: string): string {
    const parameter = this.#parameter(expression)
    const selects = this.#layout.volumes.map((name) => `SELECT rowid FROM ${name} WHERE ${name} MATCH ${parameter}`)
    return selects.length === 0 ? '0' : `${this.#id} IN (${selects.join(' UNION ALL ')})`
  }

  #text(expression: RegExp): string {
    this.texts.push(new RegExp(expression.source, expression.flags.replace('g', '')))
    return `text_matches(${this.texts.length - 1}, d.message)`
  }

  /** Most fields are the same in all rows of a shape: those are judged here, once, and rows by their shape's number. */
  #field(name: string, test: FieldTest): string {
    const judge = createFieldJudge(test)
    const roots = fieldPaths(name).map((path) => path.split('.')[0] as string)
    const yes: number[] = []
    const perRow: number[] = []
    for (const shape of this.#layout.shapes) {
      const values = fieldValues(shape.fields, name)
      if (values.length === 0 && !roots.every((root) => shape.closed.includes(root))) perRow.push(shape.id)
      else if (judge(values)) yes.push(shape.id)
    }
    const conditions = [this.#shapes(yes), this.#rows(perRow, name, judge)].filter((sql) => sql !== '0')
    return conditions.length === 0 ? '0' : `(${conditions.join(' OR ')})`
  }

  #shapes(ids: readonly number[]): string {
    if (ids.length === 0) return '0'
    if (ids.length === this.#layout.shapes.length) return '1'
    return `d.shape IN (SELECT value FROM json_each(${this.#parameter(JSON.stringify(ids))}))`
  }

  #rows(shapes: readonly number[], name: string, judge: (values: readonly unknown[]) => boolean): string {
    const among = this.#shapes(shapes)
    if (among === '0') return '0'
    this.fields.push(name === 'level' ? levelTest(judge) : rowTest(name, judge))
    return `(${among} AND field_matches(${this.fields.length - 1}, d.shape, d.offset, d.rest, d.message))`
  }

  #parameter(value: string): string {
    return `?${this.parameters.push(value)}`
  }
}

/** First the document's own field, then one of that name in a message that is a JSON object. */
const rowTest =
  (name: string, judge: (values: readonly unknown[]) => boolean): RowTest =>
  (fields, _message, body) => {
    const own = fieldValues(fields, name)
    return judge(own.length > 0 || !body ? own : fieldValues(body, name))
  }

const levelTest =
  (judge: (values: readonly unknown[]) => boolean): RowTest =>
  (fields, message, body) => {
    const level = recordLevel(fields, message, body)
    return judge(level === undefined ? [] : [level])
  }

/** The FTS5 expression that decides a query alone; undefined where more than the index has to be asked. */
const indexExpression = (query: Query): string | undefined => {
  if (query.kind === 'text') {
    const { terms, exact } = indexTerms(query.pattern)
    return exact ? terms[0] : undefined
  }
  if (query.kind !== 'or' && query.kind !== 'and') return undefined
  const parts = query.parts.map(indexExpression)
  return parts.includes(undefined) ? undefined : `(${parts.join(query.kind === 'or' ? ' OR ' : ' AND ')})`
}

/** FTS5 expressions that every row found satisfies. */
const requiredWords = (query: Query): readonly string[] => {
  const whole = indexExpression(query)
  if (whole !== undefined) return [whole]
  if (query.kind === 'and') return query.parts.flatMap(requiredWords)
  return query.kind === 'text' ? indexTerms(query.pattern).terms : []
}

export const compileQuery = (query: Query, layout: StoreLayout, driver: Driver = 'words'): Condition => {
  const compiler = new Compiler(layout, driver)
  const sql = compiler.compile(query)
  return {
    sql,
    parameters: compiler.parameters,
    texts: compiler.texts,
    fields: compiler.fields,
    required: requiredWords(query),
  }
}

/** What to highlight in a message: every pattern that may be the reason why it was found. */
export const highlights = (query: Query): readonly RegExp[] => {
  switch (query.kind) {
    case 'text':
      return [messageExpression(query.pattern)]
    case 'and':
    case 'or':
      return query.parts.flatMap(highlights)
    default:
      return []
  }
}
