/** A document's `_id`, in two parts: `<identity>-<offset>`. */
export interface DocumentId {
  /** The file's document identity; for an id of another make, the whole id. */
  readonly identity: string
  /** -1: `identity` is the whole id. */
  readonly offset: number
}

export const documentId = (id: DocumentId): string => (id.offset < 0 ? id.identity : `${id.identity}-${id.offset}`)
