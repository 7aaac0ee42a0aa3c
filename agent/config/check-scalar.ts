import { durationHint, parseDuration } from '../../lib/words/duration.ts'
import { nearest } from '../../lib/words/nearest.ts'
import { dataStreamPartMistake } from '../document/data-stream-name.ts'
import { type Environment, interpolate } from './interpolate.ts'
import { describe, type Located, type LocatedScalar } from './located.ts'
import { type Mistake, type MistakeDetails, mistake } from './mistake.ts'
import type { SchemaNode } from './schema-node.ts'
import { fileSecret, inlineSecret, type Secret, type SecretFiles } from './secret.ts'
import { parseSize, sizeHint } from './size.ts'

/** What the outside world adds to a configuration. */
export interface References {
  readonly environment: Environment
  readonly secretFiles: SecretFiles
}

export interface Checking extends References {
  readonly mistakes: Mistake[]
}

/** One value in hand: its schema says what may stand at this path. */
interface Subject {
  readonly schema: SchemaNode
  readonly node: LocatedScalar
  readonly path: string
  readonly checking: Checking
  /** After `${…}`; what came from the environment is never repeated in a mistake: it may be a secret in the wrong place. */
  readonly text: string
  readonly fromEnvironment: boolean
}

/** undefined: there is a mistake, and it is noted. */
export const checkScalar = (schema: SchemaNode, node: Located, path: string, checking: Checking): unknown => {
  const secret = schema.unit === 'secret'
  if (node.kind !== 'scalar' || node.value === null) {
    const suggestion = node.kind === 'scalar' && !secret ? 'leave the line out for the default' : undefined
    const details = {
      found: secret && node.kind !== 'scalar' ? undefined : describe(node),
      allowed: allowedBy(schema),
      suggestion,
      secret,
    }
    checking.mistakes.push(mistake(path, node.place, `must be ${typeWord(schema)}`, details))
    return undefined
  }
  const resolved = typeof node.value === 'string' ? resolve(node.value, node, path, checking) : undefined
  if (typeof node.value === 'string' && resolved === undefined) return undefined
  const subject = {
    schema,
    node,
    path,
    checking,
    text: resolved?.text ?? node.text,
    fromEnvironment: resolved?.changed ?? false,
  }
  if (secret) return checkSecret(subject)
  if (schema.enum) return checkChoice(subject, schema.enum)
  if (schema.type === 'boolean') return checkFlag(subject)
  if (schema.type === 'integer') return checkInteger(subject)
  if (schema.unit === 'duration') return checkQuantity(subject, parseDuration, durationHint)
  if (schema.unit === 'size') return checkQuantity(subject, parseSize, sizeHint)
  return checkText(subject)
}

/** Replaces `${…}`; undefined where that cannot be done. */
export const resolve = (template: string, node: Located, path: string, checking: Checking) => {
  const result = interpolate(template, checking.environment)
  for (const name of result.missing) {
    const suggestion = `set it, or give a default: \${${name}:-…}`
    checking.mistakes.push(
      mistake(path, node.place, `refers to the environment variable ${name}, which is not set`, {
        suggestion,
        secret: true,
      }),
    )
  }
  if (result.malformed.length > 0) {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the very text that is to be written
    const details = { allowed: '${NAME} or ${NAME:-default}; $${ for a plain ${', secret: true }
    checking.mistakes.push(mistake(path, node.place, 'is not a reference to an environment variable', details))
  }
  return result.missing.length + result.malformed.length === 0 ? result : undefined
}

const refuse = (subject: Subject, problem: string, details: MistakeDetails = {}): undefined => {
  const found = describe(subject.node)
  const suggestion = subject.fromEnvironment ? undefined : details.suggestion
  const all = { found, allowed: allowedBy(subject.schema), ...details, suggestion }
  subject.checking.mistakes.push(mistake(subject.path, subject.node.place, problem, all))
  return undefined
}

const checkSecret = (subject: Subject): Secret | undefined => {
  const { text, checking } = subject
  const hidden = { found: undefined, allowed: undefined, secret: true }
  if (text === '') return refuse(subject, 'is empty', hidden)
  if (!text.startsWith('file:')) return inlineSecret(text)
  const file = text.slice('file:'.length).replace(/^\/\/(?=\/)/, '')
  try {
    const secret = fileSecret(file, checking.secretFiles)
    return secret.reveal() === '' ? refuse(subject, `refers to the file ${file}, which is empty`, hidden) : secret
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    return refuse(subject, `refers to the file ${file}, which cannot be read${code ? ` (${code})` : ''}`, hidden)
  }
}

const checkChoice = (subject: Subject, values: readonly (string | number | boolean)[]): unknown => {
  const { node, text } = subject
  const same = (value: unknown): boolean => value === node.value || (subject.fromEnvironment && String(value) === text)
  const exact = values.find(same)
  if (exact !== undefined) return exact
  const quoted = values.some((value) => String(value) === text)
  const near = nearest(
    text,
    values.filter((value) => typeof value === 'string'),
  )
  const suggestion = quoted ? `write ${text} without quotes` : near && `did you mean ${near}?`
  return refuse(subject, 'is not one of the choices', { suggestion })
}

const checkFlag = (subject: Subject): boolean | undefined => {
  const { node, text } = subject
  if (typeof node.value === 'boolean') return node.value
  if (subject.fromEnvironment && (text === 'true' || text === 'false')) return text === 'true'
  const meant = /^(yes|on|y|1)$/i.test(text) ? 'true' : /^(no|off|n|0)$/i.test(text) ? 'false' : undefined
  return refuse(subject, 'must be true or false', { suggestion: meant && `write ${meant}` })
}

const checkInteger = (subject: Subject): number | undefined => {
  const { node, text, schema } = subject
  const value =
    typeof node.value === 'number'
      ? node.value
      : subject.fromEnvironment && /^\d+$/.test(text)
        ? Number(text)
        : undefined
  if (value === undefined || !Number.isInteger(value)) return refuse(subject, 'must be a whole number')
  if (value < (schema.minimum ?? 0)) return refuse(subject, 'is too small')
  if (value > (schema.maximum ?? Number.MAX_SAFE_INTEGER)) return refuse(subject, 'is too large')
  return value
}

type Parse = (text: string) => number | undefined

/** The text is kept as it was written; compile turns it into a number. */
const checkQuantity = (
  subject: Subject,
  parse: Parse,
  hint: (text: string) => string | undefined,
): string | undefined => {
  const { schema, text } = subject
  const value = parse(text)
  const bare = /^\d+(\.\d+)?$/.test(text)
  if (value === undefined) {
    const suggestion = hint(text)
    return refuse(subject, bare ? 'needs a unit' : `is not a ${schema.unit}`, {
      suggestion: suggestion && `write ${suggestion}`,
    })
  }
  if (value < (parse(schema.least ?? '0') ?? 0)) return refuse(subject, 'is too small')
  if (value > (parse(schema.most ?? '') ?? Number.MAX_SAFE_INTEGER)) return refuse(subject, 'is too large')
  return text
}

const checkText = (subject: Subject): string | undefined => {
  const { node, text, schema } = subject
  if (typeof node.value === 'boolean')
    return refuse(subject, 'must be text', { suggestion: `put it in quotes: "${node.text}"` })
  if (text === '') return refuse(subject, 'is empty')
  if (schema.unit === 'url') return checkUrl(subject)
  if (schema.unit === 'regular expression') return checkRegExp(subject)
  const wrong = schema.unit === 'data_stream_part' ? dataStreamPartMistake(text) : undefined
  if (wrong) return refuse(subject, wrong, { allowed: schema.patternText })
  if (schema.pattern && !new RegExp(schema.pattern, 'u').test(text))
    return refuse(subject, `must be ${schema.patternText ?? 'valid'}`, { allowed: undefined })
  return text
}

const checkRegExp = (subject: Subject): string | undefined => {
  try {
    new RegExp(subject.text)
    return subject.text
  } catch (error) {
    // The engine repeats the expression before it says what is wrong with it.
    const reason = (error as Error).message.replace(/^.*\/\w*: /s, '')
    return refuse(subject, `is not a regular expression: ${reason}`, { allowed: undefined })
  }
}

/** What cannot be read as a URL is not repeated where it may hold a password: `http://user:pass/word@host`. */
const checkUrl = (subject: Subject): string | undefined => {
  const { text, schema } = subject
  const url = URL.canParse(text) ? new URL(text) : undefined
  const hidden = { found: undefined, secret: true, allowed: undefined }
  const web = url !== undefined && /^https?:$/.test(url.protocol)
  if (web ? url.username + url.password !== '' : text.includes('@'))
    return refuse(subject, 'holds credentials', { ...hidden, suggestion: credentialsInstead(subject.path) })
  if (schema.pattern && !new RegExp(schema.pattern, 'u').test(text))
    return refuse(subject, `must be ${schema.patternText ?? 'valid'}`, { allowed: undefined })
  if (url === undefined)
    return refuse(subject, 'is not a URL', { allowed: 'https://host:port, with a port from 1 to 65535' })
  if (url.search !== '' || url.hash !== '')
    return refuse(subject, 'must end with its path', { ...hidden, suggestion: 'leave out what begins with ? or #' })
  return text
}

const credentialsInstead = (path: string): string =>
  path.endsWith('.proxy') ? 'use proxy_username and proxy_password' : 'use username and password, or api_key'

const typeWord = (schema: SchemaNode): string => {
  if (schema.enum) return 'one of the choices'
  if (schema.type === 'boolean') return 'true or false'
  if (schema.type === 'integer') return 'a whole number'
  return schema.unit === 'duration' || schema.unit === 'size' ? `a ${schema.unit}` : 'text'
}

/** The range or the choices, in words. */
export const allowedBy = (schema: SchemaNode): string | undefined => {
  if (schema.enum) return choicesText(schema.enum)
  if (schema.type === 'boolean') return 'true, false'
  if (schema.least !== undefined) return `${schema.least} to ${schema.most}`
  if (schema.minimum !== undefined) return `${schema.minimum} to ${schema.maximum}`
  return undefined
}

/** 1, 2, 3 … are drawn together: `none, fast, 1 to 9`. */
const choicesText = (values: readonly unknown[]): string => {
  const numbers = values.filter((v) => typeof v === 'number')
  const words = values.filter((v) => typeof v !== 'number').map(String)
  return numbers.length > 2
    ? [...words, `${numbers[0]} to ${numbers.at(-1)}`].join(', ')
    : values.map(String).join(', ')
}
