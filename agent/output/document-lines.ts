import type { Rejection } from '../event.ts'
import { bulkItems, documentLine, itemId } from './bulk-items.ts'

/** A body as JSON lines. */
export interface DocumentLines {
  readonly text: string
  readonly created: number
  readonly duplicates: number
  /** Items that are no documents: one record's fault is one record's fate. */
  readonly rejected: readonly Rejection[]
}

const noIds: ReadonlySet<string> = new Set()

/** All documents but those whose `_id` is among `known`. */
export const documentLines = (text: string, known: ReadonlySet<string> = noIds): DocumentLines => {
  const lines: string[] = []
  const rejected: Rejection[] = []
  let duplicates = 0
  let item = 0
  for (const { action, document } of bulkItems(text)) {
    try {
      const id = itemId(action)
      if (!document.startsWith('{')) throw new SyntaxError('not a JSON object')
      if (id !== undefined && known.has(id)) duplicates++
      else lines.push(documentLine(id, document))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      rejected.push({ item, status: 400, type: 'document_parsing_exception', reason: error.message })
    }
    item++
  }
  return { text: lines.join(''), created: lines.length, duplicates, rejected }
}
