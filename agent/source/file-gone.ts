/**
 * What TailedFile.read throws when the bytes cannot be had any more: the file was deleted, truncated, or its disk fails.
 * The loss has been counted by then; the lane finishes the file. Other stages know it by its `code`.
 */
export class FileGone extends Error {
  override readonly name = 'FileGone'
  readonly code = 'FILE_GONE'
}
