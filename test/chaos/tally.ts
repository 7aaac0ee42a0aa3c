import { readMessage } from './message.ts'

/** A document as far as the tally looks at it. */
export interface ArrivedDocument {
  readonly '@timestamp': string
  readonly message: string
  readonly stream?: string
  readonly log: { readonly offset: number; readonly file: { readonly fingerprint: string }; readonly flags?: string[] }
  readonly kubernetes: { readonly pod: { readonly name: string }; readonly container: { readonly name: string } }
}

/** Where a record came from. */
interface Place {
  readonly time: string
  readonly fingerprint: string
  readonly offset: number
}

export interface Violation {
  readonly kind: 'doubled' | 'changed' | 'misplaced' | 'disordered' | 'collided' | 'missing'
  readonly stream: string
  readonly sequence: number
  readonly detail: string
}

/** One container's stream: everything below `frontier` is there; what is beyond it waits for its elders. */
interface StreamTally {
  frontier: number
  last: Place | undefined
  readonly beyond: Map<number, Place>
}

export interface Tally {
  /** 'known': its `_id` is there already (409). Violations are kept, and the document counts as taken. */
  take(id: string, document: ArrivedDocument): 'created' | 'known'
  readonly created: number
  readonly known: number
  /** The first so many. */
  readonly violations: readonly Violation[]
  readonly violationCount: number
  /** For each stream the sequence number before which everything has arrived. */
  frontiers(): Record<string, number>
  /** What has not arrived of streams that end before the given numbers. */
  missing(ends: Readonly<Record<string, number>>): Violation[]
}

/**
 * An offset is in one of these cells, which keeps where in it (1…64; 0: nobody). No record of a writer is shorter, so that two
 * offsets never share a cell; an `_id` that nobody could have made is seen. A byte for 64 of log: 50 million lines are 160 MB.
 */
const CELL_BYTES = 64
const KEPT_VIOLATIONS = 50

const isAfter = (a: Place, b: Place): boolean =>
  a.time > b.time || (a.time === b.time && a.fingerprint === b.fingerprint && a.offset > b.offset)

const createKnownIds = () => {
  const cells = new Map<string, Uint8Array>()
  const roomFor = (fingerprint: string, cell: number): Uint8Array => {
    const had = cells.get(fingerprint) ?? new Uint8Array(256)
    if (cell < had.length) {
      cells.set(fingerprint, had)
      return had
    }
    const grown = new Uint8Array(Math.max(cell + 1, had.length * 2))
    grown.set(had)
    cells.set(fingerprint, grown)
    return grown
  }
  return {
    /** Takes it, unless it or one that excludes it is there. */
    add: (fingerprint: string, offset: number): 'new' | 'known' | 'collided' => {
      const cell = Math.floor(offset / CELL_BYTES)
      const room = roomFor(fingerprint, cell)
      const mark = (offset % CELL_BYTES) + 1
      if (room[cell] === mark) return 'known'
      if (room[cell] !== 0) return 'collided'
      room[cell] = mark
      return 'new'
    },
  }
}

const placeText = ({ time, fingerprint, offset }: Place): string => `${fingerprint}-${offset} at ${time}`

export const createTally = (): Tally => {
  const ids = createKnownIds()
  const streams = new Map<string, StreamTally>()
  const violations: Violation[] = []
  const counts = { created: 0, known: 0, violations: 0 }

  const report = (kind: Violation['kind'], stream: string, sequence: number, detail: string): void => {
    counts.violations++
    if (violations.length < KEPT_VIOLATIONS) violations.push({ kind, stream, sequence, detail })
  }

  const streamOf = (name: string): StreamTally => {
    const known = streams.get(name)
    if (known) return known
    const fresh: StreamTally = { frontier: 0, last: undefined, beyond: new Map() }
    streams.set(name, fresh)
    return fresh
  }

  const advance = (name: string, tally: StreamTally): void => {
    for (let next = tally.beyond.get(tally.frontier); next; next = tally.beyond.get(tally.frontier)) {
      if (tally.last && !isAfter(next, tally.last))
        report('disordered', name, tally.frontier, `${placeText(next)} sorts before ${placeText(tally.last)}`)
      tally.beyond.delete(tally.frontier++)
      tally.last = next
    }
  }

  const place = (name: string, sequence: number, at: Place): void => {
    const tally = streamOf(name)
    if (sequence < tally.frontier || tally.beyond.has(sequence)) {
      report('doubled', name, sequence, `again as ${placeText(at)}`)
      return
    }
    tally.beyond.set(sequence, at)
    advance(name, tally)
  }

  const take = (id: string, document: ArrivedDocument): 'created' | 'known' => {
    const { log, kubernetes } = document
    const at = { time: document['@timestamp'], fingerprint: log.file.fingerprint, offset: log.offset }
    const claimed = `${kubernetes.pod.name}/${kubernetes.container.name}/${document.stream}`
    const found = readMessage(document.message)
    if (id !== `${at.fingerprint}-${at.offset}`) report('misplaced', claimed, -1, `_id ${id}, but ${placeText(at)}`)
    const fresh = ids.add(at.fingerprint, at.offset)
    if (fresh === 'collided')
      report('collided', claimed, found?.sequence ?? -1, `no record can begin at ${placeText(at)}`)
    if (!found || log.flags) {
      report('changed', claimed, -1, `${placeText(at)}, flags ${log.flags}: ${JSON.stringify(document.message)}`)
    } else if (found.stream !== claimed || found.time !== at.time)
      report('misplaced', found.stream, found.sequence, `as ${claimed}, ${placeText(at)}`)
    if (fresh === 'known') {
      counts.known++
      // A repetition of a record that was never taken would hide its loss: its id is another record's.
      const tally = found && streamOf(found.stream)
      if (found && tally && found.sequence >= tally.frontier && !tally.beyond.has(found.sequence))
        report('collided', found.stream, found.sequence, `a new record under a known id, ${placeText(at)}`)
      return 'known'
    }
    counts.created++
    if (found) place(found.stream, found.sequence, at)
    return 'created'
  }

  const missingOf = (name: string, end: number): Violation[] => {
    const { frontier, last, beyond } = streams.get(name) ?? { frontier: 0, last: undefined, beyond: new Map() }
    if (frontier >= end) return []
    const next = [...beyond.keys()].reduce((least, sequence) => Math.min(least, sequence), end)
    const before = last ? placeText(last) : 'the beginning'
    const after = next < end ? placeText(beyond.get(next)!) : 'the end'
    const detail = `${next - frontier} lines (${frontier} to ${next - 1}) between ${before} and ${after}; ${beyond.size} arrived beyond`
    return [{ kind: 'missing', stream: name, sequence: frontier, detail }]
  }

  return {
    take,
    get created() {
      return counts.created
    },
    get known() {
      return counts.known
    },
    violations,
    get violationCount() {
      return counts.violations
    },
    frontiers: () => Object.fromEntries([...streams].map(([name, { frontier }]) => [name, frontier])),
    missing: (ends) => Object.entries(ends).flatMap(([name, end]) => missingOf(name, end)),
  }
}
