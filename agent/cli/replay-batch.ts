import type { FoundLetter } from '../buffer/dead-letter-lines.ts'
import type { BulkBody } from '../event.ts'

/** Documents of one request. */
const BATCH_DOCUMENTS = 1000
const BATCH_BYTES = 768 * 1024

/** Whether its lines can stand in a bulk body: what was no JSON when it was refused cannot be sent again. */
export const canBeSent = ({ letter }: FoundLetter): boolean =>
  letter.action.startsWith('{') && letter.document.startsWith('{') && !/\n/.test(letter.action + letter.document)

const itemOf = ({ letter }: FoundLetter): Buffer => Buffer.from(`${letter.action}\n${letter.document}\n`)

export const bulkBodyOf = (letters: readonly FoundLetter[]): BulkBody => {
  const bytes = Buffer.concat(letters.map(itemOf))
  return { bytes, encoding: 'identity', plainBytes: bytes.length, documents: letters.length }
}

/** In order; each id once. */
export function* batchesOf(letters: Iterable<FoundLetter>): Generator<readonly FoundLetter[]> {
  let batch = new Map<string, FoundLetter>()
  let bytes = 0
  for (const found of letters) {
    if (batch.has(found.id)) continue
    if (batch.size >= BATCH_DOCUMENTS || (batch.size > 0 && bytes + found.bytes > BATCH_BYTES)) {
      yield [...batch.values()]
      batch = new Map()
      bytes = 0
    }
    batch.set(found.id, found)
    bytes += found.bytes
  }
  if (batch.size > 0) yield [...batch.values()]
}
