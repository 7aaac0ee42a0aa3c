import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { OTHER_CORE, type PinnedProcess, startPinned } from './pinned-process.ts'

/** What a writer prints when it is through. */
export interface Written {
  readonly bytes: number
  readonly docs: number
  readonly rotations: number
  readonly seconds: number
  readonly cpuSeconds: number
}

export const MARKER = 'picket-mark'
export const QUIET_PODS = 5
export const LOUD_MEGABYTES_PER_SECOND = 100
/** The kubelet's containerLogMaxSize and containerLogMaxFiles, the one that is written to included. */
const ROTATE_KIB = 10 * 1024
const OLD_FILES = 4

type Role = 'loud' | 'long' | 'tiny' | 'invalid' | 'quiet'

interface Writer {
  readonly role: Role
  readonly process: PinnedProcess
  readonly output: string
}

export interface HostileWorkload {
  readonly folder: string
  readonly root: string
  /** Resolves when every writer has written its last line. `look` is called again and again. */
  run(seconds: number, look: () => void): Promise<Readonly<Record<Role, readonly Written[]>>>
}

/** Makes a pod's folder and link; returns the file that its container writes. */
const createPod = (base: string, name: string): string => {
  const uid = randomUUID()
  const folder = path.join(base, 'pods', `hostile_${name}_${uid}`, 'main')
  fs.mkdirSync(folder, { recursive: true })
  const file = path.join(folder, '0.log')
  fs.symlinkSync(file, path.join(base, 'containers', `${name}_hostile_main-${uid.replaceAll('-', '').repeat(2)}.log`))
  return file
}

/** kubelet's layout below `base`. `rotateEveryMs`: how often it is looked whether a file is to be rotated. */
export const hostileWorkload = (program: string, base: string, rotateEveryMs: number): HostileWorkload => {
  for (const folder of ['containers', 'pods']) fs.mkdirSync(path.join(base, folder), { recursive: true })

  const start = (role: Role, name: string, seconds: number, options: Readonly<Record<string, number>>): Writer => {
    const output = path.join(base, `${name}.written`)
    const rotation = { '-k': ROTATE_KIB, '-e': rotateEveryMs, '-o': OLD_FILES }
    const flags = Object.entries({ ...rotation, ...options }).flatMap(([key, value]) => [key, String(value)])
    const argv = [program, ...flags, role, createPod(base, name), String(seconds)]
    return { role, output, process: startPinned(OTHER_CORE, argv, output) }
  }
  const startAll = (seconds: number): Writer[] => [
    ...Array.from({ length: QUIET_PODS }, (_, i) => start('quiet', `quiet-${i}`, seconds, { '-n': i })),
    start('loud', 'loud', seconds, { '-r': LOUD_MEGABYTES_PER_SECOND }),
    start('invalid', 'invalid', seconds, { '-r': 5 }),
    start('long', 'long', seconds, {}),
    start('tiny', 'tiny', seconds, {}),
  ]
  const written = ({ output, process }: Writer): Written | undefined => {
    const text = fs.readFileSync(output, 'utf8')
    if (text.includes('}')) return JSON.parse(text) as Written
    process.assertAlive()
    return undefined
  }
  const run: HostileWorkload['run'] = async (seconds, look) => {
    const writers = startAll(seconds)
    while (writers.map(written).includes(undefined)) {
      look()
      await sleep(200)
    }
    const of = (role: Role): Written[] =>
      writers.filter((one) => one.role === role).flatMap((one) => written(one) ?? [])
    return { loud: of('loud'), long: of('long'), tiny: of('tiny'), invalid: of('invalid'), quiet: of('quiet') }
  }
  return { folder: path.join(base, 'containers'), root: path.join(base, 'pods'), run }
}
