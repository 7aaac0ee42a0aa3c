import fs from 'node:fs'
import { readValues, type Value } from './value.ts'
import { valueTypes } from './value-types.ts'

const HEAD = new URL('values-page-head.md', import.meta.url)

const code = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``

const wordsOf = ({ type, schema, byDefault }: Value): string => {
  if (type !== undefined) return valueTypes[type]?.words ?? type
  if (Array.isArray(schema.enum)) return schema.enum.map((one) => (one === '' ? 'empty' : code(one))).join(', ')
  if (typeof schema.minimum === 'number') return `${schema.minimum} to ${String(schema.maximum)}`
  if (Array.isArray(byDefault)) return 'list of texts'
  if (typeof byDefault === 'object') return 'object'
  return typeof byDefault === 'boolean' ? '`true`, `false`' : 'text'
}

const isEmpty = (value: unknown): boolean =>
  value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)

const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`

interface Item {
  readonly items?: { readonly properties?: Readonly<Record<string, { readonly description?: string }>> }
}

/** The keys of a list's items, where they are told of. */
const itemRows = (path: string, { type }: Value): string[] => {
  const { items } = (valueTypes[type ?? '']?.schema ?? {}) as Item
  return Object.entries(items?.properties ?? {})
    .filter(([, { description }]) => description !== undefined)
    .map(([key, { description = '' }]) => line([`\`${path}[].${key}\``, '', '', description]))
}

const rowsOf = (path: string, value: Value): string[] => {
  const byDefault = isEmpty(value.byDefault) ? 'none' : code(value.byDefault)
  return [line([`\`${path}\``, wordsOf(value), byDefault, value.description]), ...itemRows(path, value)]
}

const table = (rows: readonly string[]): string[] =>
  rows.length === 0 ? [] : ['| Value | Kind | Default | Meaning |', '|---|---|---|---|', ...rows, '']

/** A block's own values as a table, then a section for each block in it. */
const sections = (path: string, block: Value, depth: number): string[] => {
  const children = block.children ?? []
  const rows = children.filter((one) => !one.children).flatMap((one) => rowsOf(`${path}.${one.key}`, one))
  const inner = children.filter((one) => one.children)
  return [
    `${'#'.repeat(depth)} \`${path}\``,
    '',
    block.description,
    '',
    ...table(rows),
    ...inner.flatMap((one) => sections(`${path}.${one.key}`, one, depth + 1)),
  ]
}

/** docs/chart.md: the head, which is written by hand, then every value of values.yaml with its comment. */
export const valuesPage = (): string => {
  const values = readValues()
  const loose = values.filter((value) => !value.children)
  const blocks = values.filter((value) => value.children)
  return [
    fs.readFileSync(HEAD, 'utf8'),
    ...table(loose.flatMap((value) => rowsOf(value.key, value))),
    ...blocks.flatMap((value) => sections(value.key, value, 3)),
  ].join('\n')
}
