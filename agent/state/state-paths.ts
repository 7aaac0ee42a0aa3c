/**
 * What is where below `state_dir`:
 *
 *   format                   the version of all this, one line
 *   lock                     an SQLite database that nothing is ever written to: its lock says whose the folder is
 *   holder                   who that is, for humans
 *   queue/<output>/          chunks (buffer/chunk-store.ts)
 *   dead-letters/<output>/   documents that the output will never take (buffer/dead-letters.ts), and in it
 *     lock                   held by who changes these files, the agent or a replay beside it, for as long as that takes
 *   positions.json           how far each lane is through each file
 *   pods.json                pod facts as last known
 *   store.db                 the embedded store
 */
export interface StatePaths {
  readonly root: string
  readonly format: string
  readonly lock: string
  readonly holder: string
  readonly queue: (output: string) => string
  readonly deadLetters: (output: string) => string
  readonly deadLettersRoot: string
  readonly deadLettersLock: (output: string) => string
  readonly positions: string
  readonly pods: string
  readonly store: string
}

export const statePaths = (root: string): StatePaths => ({
  root,
  format: `${root}/format`,
  lock: `${root}/lock`,
  holder: `${root}/holder`,
  queue: (output) => `${root}/queue/${output}`,
  deadLetters: (output) => `${root}/dead-letters/${output}`,
  deadLettersRoot: `${root}/dead-letters`,
  deadLettersLock: (output) => `${root}/dead-letters/${output}/lock`,
  positions: `${root}/positions.json`,
  pods: `${root}/pods.json`,
  store: `${root}/store.db`,
})
