import type { DocumentTexts } from '../event.ts'

/**
 * The texts of a file, said of its predecessor: a record that began there carries that file's identity, in `_id` and in
 * log.file.fingerprint, so that its document is the same wherever its last piece was read. Both have 16 characters.
 */
export const patchedTexts = (texts: DocumentTexts, own: string, began: string): DocumentTexts => {
  if (own === began) return texts
  return {
    ...texts,
    head: texts.idOffset ? replaced(texts.head, `"${own}-`, `"${began}-`) : texts.head,
    stdout: replaced(texts.stdout, fingerprintField(own), fingerprintField(began)),
    stderr: replaced(texts.stderr, fingerprintField(own), fingerprintField(began)),
    none: replaced(texts.none, fingerprintField(own), fingerprintField(began)),
  }
}

const fingerprintField = (fingerprint: string): string => `"fingerprint":"${fingerprint}"`

const replaced = (text: Uint8Array, from: string, to: string): Uint8Array => {
  const copy = Buffer.from(text)
  const at = copy.indexOf(from)
  if (at >= 0) copy.write(to, at, 'latin1')
  return copy
}
