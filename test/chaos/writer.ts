import { createHash } from 'node:crypto'
import { type Container, createContainer, type Traits } from './container.ts'
import type { LogFile } from './log-folder.ts'
import { createFillings } from './message.ts'
import type { FileNote, FromWriter, ToWriter, WriterOptions } from './messages.ts'
import { createRandom, type Random } from './random.ts'

/** A process that plays a share of the node's containers, and kubelet for them. */

const options = JSON.parse(process.argv[2]!) as WriterOptions
const random = createRandom(options.seed).fork(`writer ${options.index}`)
const fillings = createFillings(random.fork('fillings'))

const TICK_MS = 50
const REPORT_MS = 1_000
/** A file that the agent has had this long, awake, is open there: then its name may go. */
const SEEN_AFTER_MS = 4_000

let frontiers: Readonly<Record<string, number>> = {}
let earlyUpSinceMs: number | undefined
let atRisk: LogFile[] = []
let notes: FileNote[] = []
const counts: Record<string, number> = {}
const ends: Record<string, number> = {}
const totals = { lines: 0, bytes: 0 }

const count = (what: string): void => {
  counts[what] = (counts[what] ?? 0) + 1
}

const isDelivered = ({ streams }: LogFile): boolean =>
  Object.entries(streams).every(([stream, [, last]]) => (frontiers[stream] ?? 0) > last)

/** An archive that was one when the agent came up is not open there: it waits for its turn to be inflated. */
const wasSeen = ({ createdMs, compressedMs }: LogFile, upSinceMs: number): boolean =>
  (compressedMs ?? Date.now()) - Math.max(upSinceMs, createdMs) >= SEEN_AFTER_MS

const mayGo = (file: LogFile): boolean => {
  if (isDelivered(file)) return true
  if (earlyUpSinceMs === undefined || !wasSeen(file, earlyUpSinceMs)) return false
  count('files deleted before they were delivered')
  atRisk.push(file)
  return true
}

const uidOf = (name: string): string => {
  const h = createHash('sha256').update(name).digest('hex')
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20, 32)}`
}

const share = options.linesPerSecond / options.containers

/** One in six crashes again and again, one in six is of a pod that lives for seconds. */
const traitsOf = (slot: number, life: number, of: Random): Traits => {
  const kind = slot % 6
  const pod = `pod-${options.index}-${slot}-${life}`
  return {
    namespace: of.pick(['shop', 'kube-system', 'batch']),
    pod,
    uid: uidOf(`${options.seed} ${pod}`),
    container: of.pick(['app', 'sidecar', 'init-db']),
    // Their mean is the share; loud and quiet times have a mean of 1.1.
    linesPerSecond: share * 0.55 * of.spread(0.2, 6),
    rotateBytes: Math.round(of.spread(48 * 1024, 1024 * 1024)),
    keep: of.integer(1, 4),
    restartMs: kind === 1 ? of.spread(1_000, 15_000) : undefined,
    lifeMs: kind === 2 ? of.spread(300, 20_000) : undefined,
  }
}

const lives = new Map<number, number>()

const startContainer = (slot: number): Container => {
  const life = lives.get(slot) ?? 0
  lives.set(slot, life + 1)
  const own = random.fork(`container ${slot} ${life}`)
  count('containers')
  return createContainer(traitsOf(slot, life, own), {
    root: options.root,
    random: own,
    fillings,
    note: (note) => void notes.push(note),
    count,
    mayGo,
  })
}

const running = new Map(Array.from({ length: options.containers }, (_, slot) => [slot, startContainer(slot)]))
/** Pods that have ended and whose files are yet to go. */
let leaving: Container[] = []

const send = (message: FromWriter): void => {
  process.send!(message)
}

let lastMs = performance.now()
const tick = (): void => {
  const nowMs = performance.now()
  const elapsedMs = Math.min(nowMs - lastMs, 1_000)
  lastMs = nowMs
  for (const [slot, container] of running) {
    totals.lines += container.tick(elapsedMs)
    Object.assign(ends, container.ends)
    if (container.state === 'running') continue
    leaving.push(container)
    running.set(slot, startContainer(slot))
  }
  for (const container of leaving) container.tick(elapsedMs)
  leaving = leaving.filter(({ state }) => state !== 'gone')
}

const report = (): void => {
  atRisk = atRisk.filter((file) => !isDelivered(file))
  for (const { what, bytes } of notes) if (what === 'left') totals.bytes += bytes
  if (notes.length > 0) send({ kind: 'notes', notes })
  notes = []
  send({ kind: 'progress', ...totals, counts, atRisk: atRisk.length })
}

const ticking = setInterval(tick, TICK_MS)
setInterval(report, REPORT_MS)

const finish = (): void => {
  clearInterval(ticking)
  for (const container of running.values()) {
    container.end()
    Object.assign(ends, container.ends)
  }
  report()
  send({ kind: 'ended', ends })
}

process.on('message', (message: ToWriter) => {
  if (message.kind === 'delivered') frontiers = message.frontiers
  else if (message.kind === 'early') earlyUpSinceMs = message.upSinceMs
  else finish()
})
process.on('disconnect', () => process.exit(0))
