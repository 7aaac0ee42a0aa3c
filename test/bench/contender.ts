/** Where an agent under test reads, writes and is told to keep its state. */
export interface Setting {
  readonly logFolder: string
  readonly allowedRoot: string
  readonly sinkPort: number
  readonly metricsPort: number
  readonly gzip: boolean
  /** Empty; configuration and state go here. */
  readonly folder: string
}

/** An agent that can be measured. */
export interface Contender {
  readonly name: string
  /** What it makes a document of: joined lines, or each physical line. */
  readonly documents: 'joined' | 'physical'
  /** Writes its configuration and returns the command. */
  prepare(setting: Setting): readonly string[]
  /** Where its metrics have the time from write to verdict. */
  readonly measuresVerdicts: boolean
  /** It reads what is there and ends; it cannot follow. */
  readonly catchUpOnly?: boolean
}
