import fs from 'node:fs'
import { basename, join } from 'node:path'

const VALUES = join(import.meta.dirname, 'values')
const GOLDEN = join(import.meta.dirname, '../../golden/chart')

/** A set of values, and the file that holds what the chart makes of it. */
export interface Case {
  readonly name: string
  readonly values: string
  readonly golden: string
}

export const cases: readonly Case[] = fs
  .readdirSync(VALUES)
  .sort()
  .map((file) => {
    const name = basename(file, '.yaml')
    return { name, values: join(VALUES, file), golden: join(GOLDEN, `${name}.yaml`) }
  })
