/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Top-level fields that say where a document comes from. Rows of one shape have the same; what a document that is stored whole
 * has besides them varies from row to row.
 */
export const sharedFields: readonly string[] = [
  'agent',
  'cloud',
  'container',
  'data_stream',
  'ecs',
  'event',
  'host',
  'input',
  'kubernetes',
  'labels',
  'orchestrator',
  'service',
  'stream',
  'tags',
]
