/** Reading JSON that strangers wrote: whatever is not of the expected kind counts as absent. */
export type Json = Readonly<Record<string, unknown>>

export const asObject = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}

export const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** A text that is not empty. Longer than `limit`: absent, because half a name is another name. */
export const asText = (value: unknown, limit = 512): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= limit ? value : undefined

export const asTexts = (value: unknown): Record<string, string> => {
  const texts: Record<string, string> = Object.create(null)
  for (const [key, text] of Object.entries(asObject(value))) if (typeof text === 'string') texts[key] = text
  return texts
}
