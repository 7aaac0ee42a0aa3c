/**
 * The layout of the embedded store.
 *
 * A document is nine tenths constant text: what surrounds the time stamp, the offset and the message is the same for all
 * lines of one stream of one container. That text is kept once, as a *shape*, and a row keeps only what varies; the
 * document is put together again when it is read (join-document.ts). Measured, this takes a quarter of the disk of rows that hold whole documents.
 *
 *   documents  a row per document; id is the order of arrival
 *   shapes     constant texts; `last` is the newest row that uses it, so that it can go with that row
 *   files      document identities (the first part of `_id`); (file, offset) is what makes a document unique
 *   bodies     a row per bulk body taken: which rows, and when it came; the age limit counts from there
 *   volumes    the full-text index over documents.message is cut into volumes of so many rows, each an FTS5 table
 *              `words_<n>` that begins with the row `first`. Old rows leave the index by dropping a whole volume: deleting
 *              them one by one made FTS5 merge what is left, four times the work of inserting, and in one piece (240 ms
 *              measured, with the loop standing still). Until then a volume also knows of rows that are gone.
 *              Contentless (the text is in documents already), columnsize=0 and detail=none: a volume knows which rows
 *              hold a word, nothing else. Phrases are checked on the text of those rows.
 */
export const schemaVersion = 1

/** Of every version, "PK" and the version: a number that is not confirmed by it is damage and not a newer agent's. */
export const applicationId = (version: number): number => 0x504b_0000 + version

export const schema = `
CREATE TABLE documents (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  file INTEGER,
  offset INTEGER,
  shape INTEGER NOT NULL,
  stamp TEXT,
  rest TEXT,
  message TEXT NOT NULL,
  UNIQUE (file, offset)
);
CREATE INDEX documents_at ON documents (at);
CREATE TABLE shapes (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL UNIQUE, whole INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE INDEX shapes_last ON shapes (last);
CREATE TABLE files (id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, last INTEGER NOT NULL);
CREATE INDEX files_last ON files (last);
CREATE TABLE bodies (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, received INTEGER NOT NULL);
CREATE TABLE volumes (n INTEGER PRIMARY KEY, first INTEGER NOT NULL);
PRAGMA user_version = ${schemaVersion};
PRAGMA application_id = ${applicationId(schemaVersion)};
`

export const volumeTable = (n: number): string => `words_${n}`

/** Underscores are part of a word (`order_id`); dots and hyphens are not, so that `timeout.` is found as `timeout`. */
export const createVolume = (n: number): string => `CREATE VIRTUAL TABLE ${volumeTable(n)} USING fts5(
  message, content='', columnsize=0, detail=none, tokenize="unicode61 remove_diacritics 0 tokenchars '_'"
)`

/** About 64 volumes in a full store (a row with its index takes about 250 bytes), and none so small that there are many. */
export const rowsPerVolume = (maxBytes: number): number => Math.max(10_000, Math.ceil(maxBytes / 250 / 64))

/**
 * Only so much of a message is in the word index: tokenising is the dearest part of an insert, and a message of megabytes
 * must not stall the loop. The rest is stored, and found by queries that read the text.
 */
export const indexedCharacters = 32 * 1024
