import * as Type from 'typebox'
import { DURATION_PATTERN, type DurationText } from '../../lib/words/duration.ts'
import type { Secret } from './secret.ts'
import { SIZE_PATTERN, type SizeText } from './size.ts'

/**
 * The kinds of options. Each makes a piece of JSON Schema in which everything stands that is known of the option: from it come
 * the check, the defaults, the page docs/configuration.md and (later) the chart's values.schema.json. `unit` is our own keyword;
 * validators that do not know it pass it over, as JSON Schema wants it (core, 6.5).
 */
interface About {
  readonly description: string
  /** Shown on the page where the default depends on something else. */
  readonly defaultText?: string
  readonly examples?: readonly unknown[]
}

interface Range<T> extends About {
  readonly default?: T
  readonly least: T
  readonly most: T
}

const zeroable = (least: string): object =>
  least === '0' ? { type: ['string', 'integer'], minimum: 0, maximum: 0 } : { type: 'string' }

export const duration = (about: Range<DurationText>) =>
  Type.Unsafe<DurationText>({ ...zeroable(about.least), pattern: DURATION_PATTERN, unit: 'duration', ...about })

export const size = (about: Range<SizeText>) =>
  Type.Unsafe<SizeText>({ ...zeroable(about.least), pattern: SIZE_PATTERN, unit: 'size', ...about })

export const integer = ({ least, most, ...about }: Range<number>) =>
  Type.Integer({ minimum: least, maximum: most, ...about })

export const flag = (about: About & { readonly default: boolean }) => Type.Boolean({ ...about })

interface TextRules {
  readonly default?: string
  readonly pattern?: string
  /** What the pattern asks for, in words; the mistake says it. */
  readonly patternText?: string
}

export const text = (about: About & TextRules) => Type.String({ minLength: 1, ...about })

/** elastic.co/docs/reference/ecs/ecs-data_stream: no `-`, which separates the parts; the rest are the rules of index names. */
export const dataStreamPart = (about: About & { readonly default?: string }) =>
  Type.String({
    pattern: '^[^A-Z\\\\/*?"<>|\\s,#:_+-][^A-Z\\\\/*?"<>|\\s,#:-]{0,99}$',
    patternText:
      'a part of a data stream’s name: lower case, no blanks and none of - \\ / * ? " < > | , # :, at most 100 bytes, not beginning with _ or +',
    unit: 'data_stream_part',
    ...about,
  })

/** An absolute or relative path on the node. */
export const path = (about: About & TextRules) => Type.String({ minLength: 1, unit: 'path', ...about })

export const glob = () => Type.String({ minLength: 1, unit: 'glob', description: 'A glob.' })

/** A regular expression, JavaScript's; matched anywhere unless anchored, as those of node_exporter. */
export const regexp = (about: About & { readonly default?: string }) =>
  Type.String({ minLength: 1, unit: 'regular expression', ...about })

/** Kept as it was written; credentials in it are a mistake (they would end up in logs and process lists). */
export const url = (about: About & { readonly default?: string }) =>
  Type.String({
    pattern: '^https?://[^\\s/]',
    patternText: 'a URL that begins with `http://` or `https://`',
    unit: 'url',
    ...about,
  })

export const secret = (about: About) => Type.Unsafe<Secret>({ type: 'string', minLength: 1, unit: 'secret', ...about })

export const choice = <const T extends readonly (string | number | boolean)[]>(
  values: T,
  about: About & { readonly default?: T[number] },
) => Type.Unsafe<T[number]>({ enum: values, ...about })

export const listOf = <T extends Type.TSchema>(
  items: T,
  about: About & { readonly default?: unknown[]; readonly minItems?: number; readonly instead?: string },
) => Type.Array(items, { uniqueItems: true, ...about })

/** Blocks may be left out: every option in them has a default or may be absent. */
export const block = <T extends Type.TProperties>(properties: T, about: About) =>
  Type.Object(properties, { additionalProperties: false, default: {}, ...about })

/** One of several blocks, told apart by its `kind`. */
export const variant = <T extends Type.TProperties>(properties: T, about: About & { readonly title: string }) =>
  Type.Object(properties, { additionalProperties: false, ...about })

/** Names become folders, metric labels and parts of paths. */
export const NAME_PATTERN = '^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$'

/**
 * Blocks or values under free names. Written out because Type.Record brings TypeBox's whole type engine with it (regular expressions
 * as types): 40 KB of the bundle for one keyword.
 */
const record = <T extends Type.TSchema>(
  pattern: string,
  patternText: string,
  values: T,
  about: About & { readonly default?: object },
) =>
  Type.Unsafe<Record<string, Type.Static<T>>>({
    type: 'object',
    additionalProperties: false,
    patternText,
    ...about,
    patternProperties: { [pattern]: values },
  })

export const named = <T extends Type.TSchema>(values: T, about: About) =>
  record(NAME_PATTERN, 'a name of letters, digits, `_` and `-`, at most 63 of them', values, about)

/** Whatever the user likes. */
export const anyFields = (about: About) =>
  Type.Unsafe<Record<string, unknown>>({ type: 'object', default: {}, ...about })

export const secretMap = (about: About) =>
  record("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", 'the name of an HTTP header', secret({ description: 'A value.' }), {
    default: {},
    ...about,
  })
