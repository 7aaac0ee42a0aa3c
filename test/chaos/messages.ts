import type { Progress } from './progress.ts'
import type { Violation } from './tally.ts'
import type { Weather } from './weather.ts'

/** What the processes of a chaos run say to each other. */

export type ToSink =
  | { readonly kind: 'weather'; readonly weather: Weather }
  /** `ends`: what is missing before these is asked for too. */
  | { readonly kind: 'tell'; readonly ends: Readonly<Record<string, number>> | undefined }

export interface SinkState {
  readonly kind: 'state'
  readonly requests: number
  readonly created: number
  readonly known: number
  readonly faults: Readonly<Record<string, number>>
  readonly frontiers: Readonly<Record<string, number>>
  readonly violationCount: number
  readonly violations: readonly Violation[]
  readonly missing: readonly Violation[]
  readonly residentMb: number
}

export type FromSink =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'broken'; readonly reason: string }
  | SinkState

export interface WriterOptions {
  readonly seed: string
  readonly root: string
  readonly index: number
  readonly containers: number
  readonly linesPerSecond: number
}

export type ToWriter =
  | { readonly kind: 'delivered'; readonly frontiers: Readonly<Record<string, number>> }
  /** Whoever has been there so long while the agent has been up (since then) may be deleted unread; undefined: nobody. */
  | { readonly kind: 'early'; readonly upSinceMs: number | undefined }
  | { readonly kind: 'end' }

/** A file's life, for whoever asks what happened to a line. */
export interface FileNote {
  readonly atMs: number
  readonly what: string
  readonly file: string
  readonly bytes: number
  /** First and last sequence number of each stream. */
  readonly streams: Readonly<Record<string, readonly [number, number]>>
}

export type FromWriter =
  | { readonly kind: 'notes'; readonly notes: readonly FileNote[] }
  | ({ readonly kind: 'progress' } & Progress)
  /** Nothing more is written; where each stream ends. */
  | { readonly kind: 'ended'; readonly ends: Readonly<Record<string, number>> }
