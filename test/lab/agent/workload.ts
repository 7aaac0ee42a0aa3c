import fs from 'node:fs'
import { join } from 'node:path'
import { type CriWriter, createCriWriter } from '../../support/cri-writer.ts'

/** What should be found: whose line it is (`pod` or `syslog`), and its text. */
export interface Expected {
  readonly from: string
  readonly message: string
}

/** Pods and a syslog daemon that write into `<folder>/log` as on a node, with rotations, until they are stopped. */
export interface Workload {
  readonly pods: ReadonlyMap<string, CriWriter>
  /** Another pod comes up and writes from now on. */
  addPod(name: string, container: string): CriWriter
  /** One round of every kind of line. */
  round(): void
  /** Rounds every 25 ms, and a rotation every second, of the pods in turns and of syslog. */
  begin(): void
  /** Stops writing; what was written stays. */
  end(): void
  written(): readonly Expected[]
}

const ROUND_EVERY_MS = 25
const ROUNDS_PER_ROTATION = 40
/** So many that nothing is pruned before it was read, however long an outage lasts. */
const KEEP = 10_000

const trace = (pod: string, n: number): readonly string[] => [
  `java.lang.IllegalStateException: cart ${n} of ${pod} has no owner`,
  `\tat com.shop.cart.Cart.checkout(Cart.java:${n})`,
  `\tat com.shop.cart.CartController.post(CartController.java:${n + 1})`,
  `Caused by: java.net.SocketTimeoutException: ${n} ms of ${pod}`,
  '\t... 42 more',
]

const jsonLine = (pod: string, n: number): string =>
  JSON.stringify({
    level: 'info',
    logger: pod,
    seq: n,
    text: 'a "quoted" path C:\\temp\\ü ✓ 🐤',
    nested: { ms: n % 97 },
  })

/** The kinds of line that the pods write in turns. */
const lineOf = (writer: CriWriter, pod: string, n: number): void => {
  const kind = n % 10
  if (kind === 3) writer.line(jsonLine(pod, n))
  else if (kind === 5) for (const text of trace(pod, n)) writer.line(text)
  else if (kind === 7)
    writer.line(`long record ${n} of ${pod} ${'0123456789 äöü '.repeat(n % 20 === 7 ? 20 : 1500)}end`, 3)
  else if (kind === 8) writer.line(`ERROR timeout number ${n} of ${pod} after\t30 s\u0000`)
  else writer.line()
}

export const createWorkload = (folder: string): Workload => {
  const log = join(folder, 'log')
  fs.mkdirSync(log, { recursive: true })
  const pods = new Map<string, CriWriter>()
  const syslog = join(log, 'syslog')
  const syslogLines: string[] = []
  let rounds = 0
  let rotations = 0
  let timer: NodeJS.Timeout | undefined

  const addPod = (name: string, container: string): CriWriter => {
    const writer = createCriWriter(log, 'shop', name, container)
    pods.set(name, writer)
    return writer
  }
  const round = (): void => {
    rounds += 1
    for (const [name, writer] of pods) lineOf(writer, name, rounds)
    const line = `2026-11-21T10:00:00.${String(rounds % 1000).padStart(3, '0')}+00:00 node-1 sshd[${rounds}]: session ${rounds} opened`
    fs.appendFileSync(syslog, `${line}\n`)
    syslogLines.push(line)
  }
  const rotate = (): void => {
    rotations += 1
    const inTurn = [...pods.values()][rotations % pods.size] as CriWriter
    inTurn.rotate(KEEP)
    // As logrotate does once a while: the first of the old ones is .1.
    if (rotations % 10 === 0) rotateSyslog(syslog)
    // Not the one whose first document is looked at: without its link the agent cannot know the container's id.
    if (rotations % 15 === 0) pods.get('cart-0')?.restart()
  }
  addPod('web-7d4b9c6f5d-x2x7p', 'nginx')
  addPod('cart-0', 'app')
  addPod('api.v2-5f6d8', 'main')
  return {
    pods,
    addPod,
    round,
    begin: () => {
      timer = setInterval(() => {
        round()
        if (rounds % ROUNDS_PER_ROTATION === 0) rotate()
      }, ROUND_EVERY_MS)
    },
    end: () => clearInterval(timer),
    written: () => [
      ...[...pods].flatMap(([from, { written }]) => written.map((message) => ({ from, message }))),
      ...syslogLines.map((message) => ({ from: 'syslog', message })),
    ],
  }
}

const rotateSyslog = (path: string): void => {
  const old = fs.globSync(`${path}.*`).length
  for (let n = old; n > 0; n -= 1) fs.renameSync(`${path}.${n}`, `${path}.${n + 1}`)
  fs.renameSync(path, `${path}.1`)
}
