/**
 * The types that cross stage borders. This file imports nothing; stages meet here (types) and in pipeline.ts (wiring).
 *
 * Data flows one way, `source → encode → queue → output`; only positions flow back. One *lane* is one output's way through the files, with
 * its own cursors, encoder and queue: an output which is stuck holds up nobody else, and one that is added later has its own positions.
 */

export type Stream = 'stdout' | 'stderr'

/** How the lines of a file are framed; told from its first bytes. `plain` is anything that is neither CRI nor docker json-file. */
export type LineFormat = 'cri' | 'docker' | 'plain'

/** What a file's path alone says of where its lines come from. */
export type Origin = ContainerOrigin | PlainOrigin

export interface ContainerOrigin {
  readonly kind: 'container'
  readonly namespace: string
  readonly pod: string
  readonly container: string
  /** From /var/log/pods/<ns>_<pod>_<uid>/; a static pod's folder has its config hash here. Absent where only the link's name is known. */
  readonly podUid: string | undefined
  /** The container's restart count, from the file's name `<n>.log`. */
  readonly restart: number | undefined
  /** From the link's name in /var/log/containers; may be cut short there (kubelet trims names to 251 bytes). */
  readonly containerId: string | undefined
}

export interface PlainOrigin {
  readonly kind: 'plain'
}

/**
 * One generation of one file on the node, as lanes see it. A file that was truncated in place, or whose name was given to
 * another inode, is another TailedFile. It is shown to lanes only once its document identity is known.
 */
export interface TailedFile {
  readonly source: string
  readonly origin: Origin
  /** fluentd-style tag, what `match` patterns are held against: kube.<namespace>.<container>.<pod>, or the configured one. */
  readonly tag: string
  /** The path a user knows it by (the link in /var/log/containers where there is one): `log.file.path`. */
  readonly path: string
  readonly format: LineFormat
  /** Document identity: 16 characters of base64url, part of every `_id`, never changes (design.md, "two identities"). */
  readonly fingerprint: string
  /** Files with the same chain are generations of one log: pieces of a record may continue from one to the next. */
  readonly chain: string
  /** The generation before this one, as long as a lane may still need it: read it to its end first. */
  readonly predecessor: TailedFile | undefined
  /** Bytes that can be read now (as last observed). */
  readonly size: number
  /** 'growing': more bytes may come. 'final': `size` is the last word; an unterminated line at the end is complete as it is. */
  readonly state: 'growing' | 'final'
  /** true when the name is gone from the disk (nlink 0) or the bytes are: what was read from it should reach the disk queue soon. */
  readonly vanishing: boolean
  /** There is more of it that will be readable soon (it is being inflated, or was renamed this moment): what goes on in the next generation waits. */
  readonly waiting?: boolean
  /** pread(2): up to target.length bytes from `offset`; 0 at the end. Throws FileGone when it can no longer be read. */
  read(target: Uint8Array, offset: number): number
}

/** What a source tells the lanes. Calls are synchronous and cheap. */
export interface FileListener {
  appeared(file: TailedFile): void
  /** It grew, became final, or started to vanish. */
  changed(file: TailedFile): void
}

/** Where lanes begin and how far they are through; the only thing that flows back to the source. */
export interface Positions {
  /** Where this lane starts to read this file (0, a checkpoint, or where `read_from: end` put it). */
  start(lane: string, file: TailedFile): number
  /** Every byte before `offset` has its final verdict or is fsynced in the disk queue. Never decreases. */
  commit(lane: string, file: TailedFile, offset: number): void
  /** What the closing document of a file that was read up to `read` says; undefined where none is due. */
  ending(lane: string, file: TailedFile, read: number): Ending | undefined
  /** The lane is through with a final file and will not read it again; its closing document has its verdict. */
  finish(lane: string, file: TailedFile): void
}

/** How a file of `size` bytes ended for a lane: those before `began` were skipped, those from `lost.from` on could not be read. */
export type Ending = Readonly<{ size: number; began: number; lost: LostTail | undefined }>
type LostTail = Readonly<{ from: number; cause: LossCause }>

/** Bytes of a file that a record stands for. `fingerprint` only where it is another file than the record's own. */
export interface Span {
  readonly offset: number
  readonly length: number
  readonly fingerprint: string | undefined
}

/** A record of which only the first pieces (CRI tag P, docker without a final newline) have been seen. */
export interface PartialRecord {
  /** Time stamp of the first piece, verbatim. */
  readonly time: string
  /** Content so far, escaped for JSON byte by byte; may end inside a UTF-8 sequence. */
  readonly escaped: Uint8Array
  /** Bytes of content before escaping. */
  readonly rawBytes: number
  /** Bytes of content that the limit cut off. */
  readonly cutBytes: number
  /** The physical lines so far; neighbours are merged. The first one's start is the record's offset. */
  readonly spans: readonly Span[]
  /** The file that the record began in. */
  readonly fingerprint: string
}

/** The open records of one chain in one lane, at most one per stream. Owned by the lane, replaced by the encoder. */
export interface Partials {
  stdout: PartialRecord | undefined
  stderr: PartialRecord | undefined
}

/**
 * The constant bytes around one file's documents, UTF-8, ready for the wire. A document on the wire is:
 *
 *   head [offset tail-of-id] time stream offset `,"length":` length [`,"spans":"…"`] [`,"flags":[…]`] `},"message":"` text `"}\n`
 *
 * `idOffset` true:  head = `{"create":{"_id":"<fingerprint>-`, then the decimal offset, then afterId = `"}}\n{"@timestamp":"`
 * `idOffset` false: head = `{"create":{}}\n{"@timestamp":"` (afterId empty)
 * then the time stamp, then one of the three stream texts, each `",…,"log":{…,"offset":` (the log object stays open).
 */
export interface DocumentTexts {
  readonly head: Uint8Array
  readonly idOffset: boolean
  readonly afterId: Uint8Array
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  /** For records without a stream: plain files, unparsable lines. */
  readonly none: Uint8Array
  /** The data stream or index that the documents are for. */
  readonly stream?: string
}

/** What the encoder must know of the file whose bytes it is given. */
export interface EncodeContext {
  readonly texts: DocumentTexts
  readonly format: LineFormat
  readonly fingerprint: string
  /** Content of a record, in bytes before escaping; what is longer is cut. Absent: the encoder's own limit. */
  readonly maxRecordBytes?: number
  /** Mutated: the open records before and after the turn. */
  readonly partials: Partials
}

export interface EncodeCounts {
  /** Physical lines eaten. */
  lines: number
  /** Documents written. */
  documents: number
  /** Lines with invalid UTF-8 (replaced by U+FFFD). */
  invalidUtf8: number
  /** Records cut to the limit. */
  truncated: number
  /** Lines that do not have the file's format; shipped whole, flagged. */
  unparsed: number
}

export interface EncodeResult extends EncodeCounts {
  /** Bytes of input that are dealt with: written to the body or kept in the open records. */
  readonly consumed: number
  /** 'starved': the rest is an unfinished line. 'full': seal the body and call again. */
  readonly stop: 'starved' | 'full'
}

/** A finished body, valid until its slot is released. `documents` bulk items, each an action line and a document line. */
export interface SealedBody {
  readonly bytes: Uint8Array
  readonly encoding: 'identity' | 'gzip'
  readonly plainBytes: number
  readonly documents: number
}

/**
 * Turns blocks of log into the very bytes of a bulk body. One per lane. The same bytes come out whether a line goes through
 * the kernel or through its plain twin, and however the input is split into blocks.
 */
export interface Encoder {
  /** Where the next block is to be read to. */
  readonly input: Uint8Array
  /** Bytes that the staged body holds so far (0: nothing to seal). */
  readonly stagedBytes: number
  readonly stagedDocuments: number
  /** A free slot for the next body, or undefined where all are in use. Must be had before encode(). */
  stage(): boolean
  /**
   * Encodes complete lines of input[from…length), whose first byte is at `offset` of the file; atEnd: an unterminated last line counts as complete.
   * `from` is 0 unless given: after 'full' the same input goes on at `from + consumed`, without being read or moved again.
   */
  encode(context: EncodeContext, length: number, offset: number, atEnd: boolean, from?: number): EncodeResult
  /** A line longer than `input`: `content` has its first bytes (at least maxRecordBytes of content where it has them), `lineBytes` counts the newline. */
  encodeLong(context: EncodeContext, content: Uint8Array, offset: number, lineBytes: number): EncodeResult
  /** Writes the open record of a stream as it is, flagged `partial`: its flush time has come, or its file ended for good. */
  flushPartial(context: EncodeContext, stream: Stream): EncodeResult
  /** Writes a file's closing document: no record, it stands at the file's end and for none of its bytes. `message` is ASCII. */
  encodeClosing(context: EncodeContext, size: number, message: string): EncodeResult
  /** Ends the staged body; its slot stays in use until release(). */
  seal(): SealedBody
  release(body: SealedBody): void
}

/** One sealed body on its way through an output's queue. */
export interface Chunk {
  readonly body: SealedBody
  /** When its first line was written to the log (from the line's time stamp; else when it was read), ms since the epoch. */
  readonly oldestMs: number
  /** One of its files is deleted: without us its lines are gone. */
  readonly vanishing: boolean
  /** Called once: every document has its final verdict, or the chunk is fsynced on disk. */
  settled(how: 'delivered' | 'spilled'): void
  /** Called once, not before settled: the body's memory may be used again. */
  release(): void
}

export type BulkBody = SealedBody

/** One item that the output will never take. */
export interface Rejection {
  /** Position in the body, from 0. */
  readonly item: number
  readonly status: number
  readonly type: string
  readonly reason: string
}

/** One item whose data stream takes nothing; the reason says what to do. */
export interface HeldItem {
  readonly item: number
  readonly reason: string
}

/** What an output says of one request. */
export type Outcome =
  /** Each item has a verdict: final, or `retry` lists the positions of those to be sent again (429, 5xx). */
  | {
      readonly kind: 'items'
      readonly created: number
      readonly duplicates: number
      readonly failureStore: number
      readonly rejected: readonly Rejection[]
      readonly retry: readonly number[]
      readonly retryReason: string | undefined
      /** Those of `retry` that their data stream refuses until a person mends it (rights, template, block), the others being taken. */
      readonly held?: readonly HeldItem[]
    }
  /** Nothing is known to be taken; the same body again, after a backoff. `hold` asks for a human: the reason says what to do. */
  | {
      readonly kind: 'again'
      readonly reason: string
      readonly retryAfterMs: number | undefined
      readonly hold: boolean
    }
  /** Too large for the server (413): halves, or where it is a single document, rejected. */
  | { readonly kind: 'split'; readonly reason: string }

export interface Output {
  readonly name: string
  /** Never throws: whatever happens is an Outcome. Aborting the signal ends the request. */
  send(body: BulkBody, signal: AbortSignal): Promise<Outcome>
  close(): Promise<void>
}

/** Pod facts etc. as they go into the document: ECS objects (`kubernetes`, `container`, `service`, `orchestrator`, …). */
export interface Facts {
  readonly fields: Readonly<Record<string, unknown>>
  /** Pod annotation elastic.co/dataset or elastic.co/namespace; undefined: the output's own. */
  readonly dataset: string | undefined
  readonly namespace: string | undefined
}

export interface FactsProvider {
  /** `ready: false` while the pod is unknown and its grace still runs: come back soon. `version` changes whenever the facts do. */
  facts(file: TailedFile): { readonly facts: Facts; readonly ready: boolean; readonly version: number }
}

export type LossCause = 'deleted_before_read' | 'truncated' | 'rotated_away' | 'unreadable'

/** Every internal event: one call counts it and writes its log line (rate-limited per kind). Stages never log or count in another way. */
export interface AgentEvents {
  fileFound(file: TailedFile, startOffset: number): void
  fileRotated(source: string, path: string): void
  fileFinished(file: TailedFile): void
  /** A path that will not be read, and why: a link that leads astray, a directory, no permission. */
  fileRefused(source: string, path: string, reason: string): void
  /** A configured folder or glob at which nothing is (`reason`), looked for at every rescan; then, that it has come. */
  pathMissing(source: string, path: string, reason: string): void
  pathAppeared(source: string, path: string): void
  /** There are more files than the source may follow (`limit`): so many logs are left on the disk until there is room; then, that none is. */
  logsWaiting(source: string, logs: number, limit: number): void
  logsTakenUp(source: string, afterMs: number): void
  /** Bytes that the world destroyed before they could be read. */
  bytesLost(source: string, path: string, origin: Origin, bytes: number, cause: LossCause): void
  discoveryFailed(source: string, path: string, error: Error): void
  /** A known file could not be read; nothing is lost, it is tried again; then, that it can be. */
  readFailed(source: string, path: string, origin: Origin, error: Error, attempt: number, retryInMs: number): void
  readResumed(source: string, path: string, afterMs: number): void
  checkpointSaved(entries: number, tookMs: number): void
  checkpointFailed(error: Error): void
  stateDamaged(path: string, detail: string): void
  // lanes
  encoded(source: string, bytes: number, counts: EncodeCounts): void
  chunkSealed(output: string, body: SealedBody, reason: 'full' | 'age' | 'idle' | 'shutdown'): void
  // queue and outputs
  sent(output: string, outcome: Outcome, body: BulkBody, tookMs: number): void
  /** writeToVerdictMs: age of the chunk's oldest line when its last verdict came in. */
  delivered(output: string, documents: number, writeToVerdictMs: number): void
  /** `stream`: only this data stream of the output is held. */
  held(output: string, reason: string, attempt: number, waitMs: number, stream?: string): void
  /** After held(): the output, or the data stream, takes documents again. */
  resumed(output: string, afterMs: number, stream?: string): void
  spilled(output: string, bytes: number, documents: number): void
  recovered(output: string, chunks: number, bytes: number): void
  queueFull(output: string, bytes: number, action: 'block' | 'drop_oldest_chunk'): void
  dropped(output: string, documents: number, cause: string): void
  spillFailed(output: string, error: Error): void
  deadLettered(output: string, rejection: Rejection): void
  deadLettersDropped(output: string, documents: number): void
  // enrich
  watchFailed(resource: string, error: Error, retryInMs: number): void
  watchEstablished(resource: string): void
}

export type MetricKind = 'counter' | 'gauge' | 'histogram' | 'summary' | 'info' | 'unknown'

export type MetricLabels = Readonly<Record<string, string | number>>

export interface MetricSample {
  /** The sample's own name where it is not the family's: <family>_bucket, _sum, _count. */
  readonly name?: string | undefined
  readonly labels: MetricLabels
  readonly value: number
}

/**
 * One metric with all its samples, as both expositions are written from. `name` is the name in the text format: a counter's
 * ends in `_total`, an info's in `_info`.
 */
export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly kind: MetricKind
  readonly samples: readonly MetricSample[]
}

/** Elastic's names of what its `system` integration sends: each is a data stream, `metrics-system.<set>-<namespace>`. */
export type MetricSetName = 'cpu' | 'memory' | 'load' | 'filesystem' | 'diskio' | 'network'

/** One document of a look at the node, without what all documents of the look have in common. */
export interface MetricDocument {
  readonly set: MetricSetName
  readonly fields: Readonly<Record<string, unknown>>
}

/** The same for one output: an action line and a document line, and the data stream or index that they are for. */
export interface MetricItem {
  readonly stream: string
  readonly lines: string
}
