import { parseArgs } from 'node:util'

export interface Options {
  readonly minutes: number
  readonly seed: string
  readonly containers: number
  readonly writers: number
  readonly linesPerSecond: number
  readonly keep: boolean
}

export const USAGE = `npm run chaos -- [options]
  --minutes N      how long lines are written (2)
  --seed TEXT      draws the same schedule again (a new one each time)
  --containers N   containers at the same time (100)
  --writers N      processes that write them (2)
  --rate N         lines a second, all together (4000)
  --keep           leaves the folder with logs, state and the agent's log behind`

const numberOf = (name: string, text: string, least: number): number => {
  const value = Number(text)
  if (!(value >= least)) throw new Error(`--${name} must be a number from ${least} on, not ${JSON.stringify(text)}`)
  return value
}

export const readOptions = (argv: readonly string[], freshSeed: () => string): Options => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string' },
      containers: { type: 'string', default: '100' },
      writers: { type: 'string', default: '2' },
      rate: { type: 'string', default: '4000' },
      keep: { type: 'boolean', default: false },
    },
  })
  return {
    minutes: numberOf('minutes', values.minutes, 0.1),
    seed: values.seed ?? freshSeed(),
    containers: numberOf('containers', values.containers, 1),
    writers: numberOf('writers', values.writers, 1),
    linesPerSecond: numberOf('rate', values.rate, 1),
    keep: values.keep,
  }
}
