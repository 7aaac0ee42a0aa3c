/** JSON Schema as far as ours uses it, and our own keywords. Whoever walks the schema reads it through this. */
export interface SchemaNode {
  readonly type?: string | readonly string[]
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly enum?: readonly (string | number | boolean)[]
  readonly const?: string
  readonly anyOf?: readonly SchemaNode[]
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  readonly minItems?: number
  readonly uniqueItems?: boolean
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  /** Ours: how the text is read. */
  readonly unit?: 'duration' | 'size' | 'path' | 'secret' | 'url' | 'glob' | 'data_stream_part' | 'regular expression'
  /** Ours: another option of the block that makes this one needless. */
  readonly instead?: string
  /** Ours: range of a duration or size. */
  readonly least?: string
  readonly most?: string
  /** Ours: the pattern in words. */
  readonly patternText?: string
  /** Ours: a default that depends on something else. */
  readonly defaultText?: string
}

/** The one pattern and the value's schema of a map with free names. */
export const mapOf = (schema: SchemaNode): readonly [pattern: string, values: SchemaNode] | undefined =>
  schema.patternProperties && Object.entries(schema.patternProperties)[0]

export const kindOf = (variant: SchemaNode): string => variant.properties?.kind?.const ?? ''
