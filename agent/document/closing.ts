import type { DocumentTexts, Ending, Facts } from '../event.ts'
import { type ClosingTexts, type DescribedFile, type DocumentOptions, documentTexts } from './texts.ts'

/** `_id` is `<fingerprint>-end-<size>`: a file that is written to after all, and closed again, tells a second time. */
const ID_MARK = 'end-'

const event = (ending: Ending): Readonly<Record<string, string>> => ({
  kind: 'state',
  action: 'log_file_closed',
  ...(ending.lost && { reason: ending.lost.cause }),
})

/** `offset+length` of what is in no document; nothing where everything is. */
const uncovered = ({ began, lost, size }: Ending): Record<string, string> => ({
  ...(lost && { lost: `${lost.from}+${size - lost.from}` }),
  ...(began > 0 && { skipped: `0+${began}` }),
})

/** For people who meet it between their lines. */
const words = ({ began, lost, size }: Ending): string => {
  const parts = [
    `log file closed: ${size} bytes`,
    ...(began > 0 ? [`the first ${began} skipped`] : []),
    ...(lost ? [`the last ${size - lost.from} lost (${lost.cause})`] : []),
  ]
  return parts.join(', ')
}

/** A file's last document: what became of its bytes (docs/audit.md). */
export const closingDocument = (
  file: DescribedFile,
  facts: Facts,
  ending: Ending,
  options: DocumentOptions,
): { readonly texts: DocumentTexts; readonly message: string } => {
  const closing: ClosingTexts = { fields: { event: event(ending) }, idMark: ID_MARK, log: uncovered(ending) }
  return { texts: documentTexts(file, facts, options, closing), message: words(ending) }
}
