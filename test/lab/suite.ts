import type { TestContext } from 'node:test'

/** One suite of the lab: real components, started by itself, on loopback. */
export interface Suite {
  /** As given to `npm run lab -- NAME`. */
  readonly name: string
  /** What this machine lacks to run it, one sentence each; empty where it can run. */
  missing(): readonly string[]
  /** Downloads and builds what it needs into the cache folder; done ahead of run(), in a process of its own. */
  prepare?(): void
  /** Subtests by `context.test()`; what it starts is stopped by `context.after()`. */
  run(context: TestContext): Promise<void>
}
