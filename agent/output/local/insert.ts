import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Rejection } from '../../event.ts'
import type { DocumentId } from '../../store/document-id.ts'
import { identityHole } from '../../store/join-document.ts'
import { createVolume, indexedCharacters, volumeTable } from '../../store/schema.ts'
import type { BulkItem } from '../bulk-items.ts'
import { prepareWrite } from './database.ts'
import { actionId, type SplitDocument, sharedPart, splitDocument, splitIsTrue } from './split-document.ts'
import { createTimeReader } from './time-stamp.ts'

/** Takes items one by one, inside one transaction that its owner has begun. */
export interface Inserter {
  insert(item: BulkItem, index: number): void
  /** Writes what belongs to the whole body; call before COMMIT. */
  finish(): void
  readonly created: number
  readonly duplicates: number
  readonly rejected: readonly Rejection[]
}

/** Ids that are known without asking the database; dropped whole when it has grown too large. */
interface Known {
  readonly ids: Map<string, number>
  readonly touched: Set<number>
}

const knownLimit = 4096

/** A shorter one could occur in a head by chance. The agent's own have 16 characters. */
const shortestIdentity = 12

const statements = (database: DatabaseSync) => ({
  document: prepareWrite(
    database,
    'INSERT OR IGNORE INTO documents (id, at, file, offset, shape, stamp, rest, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  ),
  findShape: database.prepare('SELECT id, whole FROM shapes WHERE text = ?'),
  shape: prepareWrite(database, 'INSERT INTO shapes (text, whole, last) VALUES (?, ?, 0)'),
  touchShape: prepareWrite(database, 'UPDATE shapes SET last = max(last, ?) WHERE id = ?'),
  findFile: database.prepare('SELECT id FROM files WHERE identity = ?'),
  file: prepareWrite(database, 'INSERT INTO files (identity, last) VALUES (?, 0)'),
  touchFile: prepareWrite(database, 'UPDATE files SET last = max(last, ?) WHERE id = ?'),
  body: prepareWrite(database, 'INSERT INTO bodies (first, last, received) VALUES (?, ?, ?)'),
  volume: prepareWrite(database, 'INSERT INTO volumes (n, first) VALUES (?, ?)'),
  lastId: database.prepare('SELECT max(last) AS last FROM bodies'),
})

interface Volume {
  readonly n: number
  /** The first row that it indexes. */
  readonly first: number
  readonly insert: StatementSync
}

const openVolume = (database: DatabaseSync, n: number, first: number): Volume => ({
  n,
  first,
  insert: prepareWrite(database, `INSERT INTO ${volumeTable(n)} (rowid, message) VALUES (?, ?)`),
})

const newestVolume = (database: DatabaseSync): Volume | undefined => {
  const row = database.prepare('SELECT n, first FROM volumes ORDER BY n DESC LIMIT 1').get()
  return row ? openVolume(database, Number(row.n), Number(row.first)) : undefined
}

const rejection = (item: number, reason: string): Rejection => ({
  item,
  status: 400,
  type: 'document_parsing_exception',
  reason,
})

/** What a row holds, however its document was understood. */
interface Parts {
  readonly stamp: string
  readonly shape: number
  readonly rest: string
  readonly message: string
}

export type Store = ReturnType<typeof createStore>

/** Prepared statements and what is known of the store's shapes and files; one per open database. */
export const createStore = (database: DatabaseSync, rowsPerVolume: number) => {
  const sql = statements(database)
  const readTime = createTimeReader()
  const shapes: Known = { ids: new Map(), touched: new Set() }
  const files: Known = { ids: new Map(), touched: new Set() }
  /** Heads that a real parse has confirmed, by their text. */
  const heads = new Map<string, number>()
  let lastHead: string | undefined
  let lastId = Number(sql.lastId.get()?.last ?? 0)

  let volume: Volume | undefined = newestVolume(database)

  /** Inside the transaction of the body that comes. */
  const turnVolume = (): void => {
    if (volume && lastId - volume.first < rowsPerVolume) return
    const n = (volume?.n ?? 0) + 1
    database.exec(createVolume(n))
    sql.volume.run(n, lastId + 1)
    volume = openVolume(database, n, lastId + 1)
  }

  const forget = (): void => {
    for (const map of [shapes.ids, files.ids, heads]) map.clear()
    shapes.touched.clear()
    files.touched.clear()
    lastHead = undefined
  }

  /** What a rolled-back body has noted is not so. */
  const rolledBack = (): void => {
    forget()
    lastId = Number(sql.lastId.get()?.last ?? 0)
    volume = newestVolume(database)
  }

  const lookup = (known: Known, key: string, find: () => number): number => {
    let id = known.ids.get(key)
    if (id === undefined) {
      if (known.ids.size >= knownLimit) known.ids.clear()
      id = find()
      known.ids.set(key, id)
    }
    known.touched.add(id)
    return id
  }

  const shapeId = (text: string, whole: boolean): number =>
    lookup(shapes, text, () => {
      const found = sql.findShape.get(text)?.id
      return Number(found ?? sql.shape.run(text, whole ? 1 : 0).lastInsertRowid)
    })

  const fileId = (identity: string): number =>
    lookup(files, identity, () => {
      const found = sql.findFile.get(identity)?.id
      return Number(found ?? sql.file.run(identity).lastInsertRowid)
    })

  const headShape = (line: string, split: SplitDocument, id: DocumentId): number | undefined => {
    const known = heads.get(split.head)
    if (known !== undefined) {
      shapes.touched.add(known)
      return known
    }
    if (id.offset !== split.offset || !splitIsTrue(line, split)) return undefined
    if (heads.size >= knownLimit) heads.clear()
    const varies = id.identity.length >= shortestIdentity
    const shape = shapeId(varies ? split.head.replaceAll(id.identity, identityHole) : split.head, false)
    heads.set(split.head, shape)
    return shape
  }

  const whole = (line: string): Parts => {
    const document: unknown = JSON.parse(line)
    if (typeof document !== 'object' || document === null || Array.isArray(document))
      throw new SyntaxError('not an object')
    const fields = document as Record<string, unknown>
    return {
      stamp: String(fields['@timestamp'] ?? ''),
      shape: shapeId(JSON.stringify(sharedPart(fields)), true),
      rest: line,
      message: typeof fields.message === 'string' ? fields.message : '',
    }
  }

  const understand = (line: string, id: DocumentId | undefined): Parts => {
    const split = id && id.offset >= 0 ? splitDocument(line, lastHead) : undefined
    const shape = split && id && split.offset === id.offset ? headShape(line, split, id) : undefined
    if (!split || shape === undefined) return whole(line)
    lastHead = split.head
    return { stamp: split.stamp, shape, rest: split.rest, message: split.message }
  }

  const write = (line: string, id: DocumentId | undefined, receivedMs: number): boolean => {
    const { stamp, shape, rest, message } = understand(line, id)
    // A time that nobody can read is no reason to lose the line: it is found under the time of its arrival.
    const time = readTime(stamp) ?? { at: BigInt(receivedMs) * 1_000_000n, canonical: false }
    const row = lastId + 1
    const file = id ? fileId(id.identity) : null
    const stored = time.canonical ? null : stamp
    const result = sql.document.run(row, time.at, file, id?.offset ?? null, shape, stored, rest, message)
    if (result.changes === 0n) return false
    lastId = row
    volume?.insert.run(row, message.length > indexedCharacters ? message.slice(0, indexedCharacters) : message)
    return true
  }

  const body = (receivedMs: number): Inserter => {
    turnVolume()
    const first = lastId + 1
    const rejected: Rejection[] = []
    let created = 0
    let duplicates = 0
    return {
      insert: (item, index) => {
        try {
          if (write(item.document, actionId(item.action), receivedMs)) created++
          else duplicates++
        } catch (error) {
          // One record's fault is one record's fate; the store's own faults are the body's.
          if (!(error instanceof SyntaxError)) throw error
          rejected.push(rejection(index, error.message))
        }
      },
      finish: () => {
        if (lastId >= first) sql.body.run(first, lastId, receivedMs)
        for (const id of shapes.touched) sql.touchShape.run(lastId, id)
        for (const id of files.touched) sql.touchFile.run(lastId, id)
        shapes.touched.clear()
        files.touched.clear()
      },
      get created() {
        return created
      },
      get duplicates() {
        return duplicates
      },
      rejected,
    }
  }

  return { body, forget, rolledBack }
}
