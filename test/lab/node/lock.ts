import fs from 'node:fs'
import { sweep } from './sweep.ts'

const FILE = '/run/picket-lab-node.json'

interface Holder {
  readonly pid: number
  readonly folder: string
}

const read = (): Holder | undefined => {
  try {
    return JSON.parse(fs.readFileSync(FILE, 'utf8')) as Holder
  } catch {
    return undefined
  }
}

const isAlive = ({ pid }: Holder): boolean => fs.existsSync(`/proc/${pid}`)

/** Networks and control groups have names: one lab with real nodes at a time. What a killed one left is swept away; who may not begin leaves not even its folder. */
export const lockNodes = (folder: string): void => {
  const before = read()
  if (before && isAlive(before)) {
    fs.rmdirSync(folder)
    throw new Error(`another lab with real nodes runs on this machine (process ${before.pid}); wait for its end`)
  }
  if (before) sweep(before.folder)
  fs.writeFileSync(FILE, JSON.stringify({ pid: process.pid, folder } satisfies Holder))
}

export const unlockNodes = (): void => fs.rmSync(FILE, { force: true })
