import { type Fields, fieldValues } from './field-value.ts'
import { levelName, levelOfText } from './level.ts'

const levelFields = ['level', 'severity', 'log.level', 'levelname', 'lvl', '@l']

const bodyLevel = (body: Fields | undefined): unknown =>
  body && levelFields.map((field) => fieldValues(body, field)[0]).find((value) => value !== undefined)

/** What the document says, else its message where that is a JSON object (`body`), else a word near the message's beginning. */
export const recordLevel = (fields: Fields, message: string, body: Fields | undefined): string | undefined => {
  const own = fieldValues(fields, 'log.level')[0] ?? bodyLevel(body) ?? levelOfText(message)
  return own === undefined ? undefined : levelName(String(own))
}
