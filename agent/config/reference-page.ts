import { allowedBy } from './check-scalar.ts'
import { REFERENCE_HEAD } from './reference-head.ts'
import { rootSchema } from './schema.ts'
import { kindOf, mapOf, type SchemaNode } from './schema-node.ts'

type Options = readonly (readonly [key: string, option: SchemaNode, required: boolean])[]

/** docs/configuration.md: the head, then one table per block, all from the schema. */
export const referencePage = (): string => [REFERENCE_HEAD, ...blockSections('', rootSchema, 'Top level')].join('\n')

const optionsOf = ({ properties = {}, required = [] }: SchemaNode): Options =>
  Object.entries(properties).map(([key, option]) => [
    key,
    option,
    required.includes(key) && option.default === undefined,
  ])

const isSection = (option: SchemaNode): boolean =>
  option.properties !== undefined || mapOf(option)?.[1].anyOf !== undefined

/** A block's own options as a table, then a section for each block in it. */
const blockSections = (
  path: string,
  schema: SchemaNode,
  title: string,
  options: Options = optionsOf(schema),
): string[] => {
  const rows = options.filter(([, option]) => !isSection(option))
  const about = [`## ${title}`, '', ...(path === '' ? [] : [schema.description ?? '', ''])]
  return [
    ...about,
    ...table(rows),
    ...options.flatMap(([key, option]) => nested(path === '' ? key : `${path}.${key}`, option)),
  ]
}

const nested = (path: string, option: SchemaNode): string[] => {
  if (option.properties) return blockSections(path, option, `\`${path}\``)
  const variants = mapOf(option)?.[1].anyOf
  return variants ? variantSections(path, option, variants) : []
}

/** What all kinds share is told once. */
const variantSections = (path: string, option: SchemaNode, variants: readonly SchemaNode[]): string[] => {
  const inner = `${path}.<name>`
  const shared = (key: string): boolean => new Set(variants.map((v) => JSON.stringify(v.properties?.[key]))).size === 1
  const common = optionsOf(variants[0]!).filter(([key]) => shared(key))
  const kinds = variants.flatMap((v) =>
    blockSections(
      inner,
      v,
      `\`${inner}\` of kind \`${kindOf(v)}\``,
      optionsOf(v).filter(([key]) => !shared(key)),
    ),
  )
  const every = { description: 'Options of every kind.' }
  return [
    `## \`${path}\``,
    '',
    option.description ?? '',
    '',
    ...blockSections(inner, every, `\`${inner}\``, common),
    ...kinds,
  ]
}

const table = (rows: Options): string[] => {
  if (rows.length === 0) return []
  const lines = rows.map(([key, option, required]) => {
    const cells = [
      `\`${key}\``,
      valuesText(option),
      required ? requiredCell(option) : defaultCell(option),
      description(option),
    ]
    return `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`
  })
  return ['| Option | Value | Default | Meaning |', '|---|---|---|---|', ...lines, '']
}

const valuesText = (option: SchemaNode): string => {
  if (option.const !== undefined) return code(option.const)
  if (option.enum) return (allowedBy(option) ?? '').split(', ').map(ranged).join(', ')
  if (option.type === 'array') return `list of ${valuesText(option.items ?? {})}s`
  if (mapOf(option)) return 'block of secrets by name'
  if (option.type === 'object') return 'block'
  if (option.type === 'boolean') return '`true`, `false`'
  if (option.type === 'integer') return `${option.minimum} to ${option.maximum}`
  if (option.least !== undefined) return `${option.unit}, \`${option.least}\` to \`${option.most}\``
  return option.unit === 'url' ? 'URL' : option.unit === 'secret' ? '*secret*' : (option.unit ?? 'text')
}

const code = (value: unknown): string => `\`${value}\``

const ranged = (choice: string): string => choice.split(' to ').map(code).join(' to ')

const requiredCell = ({ instead }: SchemaNode): string =>
  instead === undefined ? '**required**' : `**required**, or \`${instead}\``

const defaultCell = ({ default: value, defaultText, const: constant }: SchemaNode): string => {
  if (constant !== undefined) return '**required**'
  if (defaultText !== undefined) return defaultText
  if (value === undefined) return 'none'
  const empty = typeof value === 'object' && value !== null && Object.keys(value).length === 0
  return empty ? 'none' : code(typeof value === 'object' ? JSON.stringify(value).replaceAll('","', '", "') : value)
}

const description = ({ description: text = '', patternText, examples = [] }: SchemaNode): string => {
  const pattern = patternText === undefined || patternText.startsWith('a URL') ? '' : ` Must be ${patternText}.`
  const shown = examples.map((example) => code(typeof example === 'string' ? example : JSON.stringify(example)))
  return `${text}${pattern}${shown.length > 0 ? ` Examples: ${shown.join(', ')}.` : ''}`
}
