/** What can be told of an agent from the last two looks at its own metrics. */
export interface DataHealth {
  readonly verdict:
    | 'delivering'
    /** Nothing waits to be shipped. */
    | 'idle'
    /** Something waits, and nothing of it goes. */
    | 'ships_nothing'
    /** Its metrics could not be read, again and again. */
    | 'unreachable'
    /** Not looked at twice yet, or what answers is no Picket. */
    | 'unknown'
  /** For people; '' where the verdict says it all. */
  readonly detail: string
  /** The oldest undelivered line's age, of the output that is furthest behind. */
  readonly lagSeconds: number
  readonly droppedPerMinute: number
  readonly rejectedPerMinute: number
  /** Requests that had to be made again. */
  readonly failedRequestsPerMinute: number
}
