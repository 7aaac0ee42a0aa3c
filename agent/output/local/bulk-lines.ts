/** One item of a bulk body: its action line and its document line. */
export interface BulkItem {
  readonly action: string
  readonly document: string
}

/** The items of a plain bulk body, in order. A trailing newline ends the last one; an action without a document is no item. */
export function* bulkItems(text: string): Generator<BulkItem> {
  for (let at = 0; at < text.length; ) {
    const actionEnd = text.indexOf('\n', at)
    if (actionEnd < 0) return
    const documentEnd = text.indexOf('\n', actionEnd + 1)
    const end = documentEnd < 0 ? text.length : documentEnd
    yield { action: text.slice(at, actionEnd), document: text.slice(actionEnd + 1, end) }
    at = end + 1
  }
}
