// Containers that come and go, in kubelet's layout: `node churn-logs.ts FOLDER SECONDS`. 100 stay and write ten lines a second
// together; ten a second are born, write ten lines within 800 ms and end. As after `kubectl delete`, their link goes at once and
// their folder ten seconds later: what is written can be read. Prints {bytes, lines, docs, containers} at the end.
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

const [base = '', secondsText = '60'] = process.argv.slice(2)
const STAYING = 100
const TICK_MS = 100
const LINES_PER_LIFE = 10
const LIFE_TICKS = 8
const FOLDER_STAYS_MS = 10_000

interface Container {
  readonly folder: string
  readonly link: string
  readonly fd: number
  lines: number
}

const total = { bytes: 0, lines: 0, docs: 0, containers: 0 }

const birth = (name: string): Container => {
  const uid = randomUUID()
  const pod = path.join(base, 'pods', `churn_${name}_${uid}`)
  const folder = path.join(pod, 'main')
  fs.mkdirSync(folder, { recursive: true })
  const file = path.join(folder, '0.log')
  const fd = fs.openSync(file, 'a')
  const id = uid.replaceAll('-', '').repeat(2)
  const link = path.join(base, 'containers', `${name}_churn_main-${id}.log`)
  fs.symlinkSync(file, link)
  total.containers++
  return { folder: pod, link, fd, lines: 0 }
}

const write = (container: Container): void => {
  const text = `${new Date().toISOString().replace('Z', '000000Z')} stdout F line ${container.lines++} of a container that ${'works '.repeat(15)}\n`
  fs.writeSync(container.fd, text)
  total.bytes += text.length
  total.lines++
  total.docs++
}

const death = (container: Container): void => {
  fs.closeSync(container.fd)
  fs.unlinkSync(container.link)
  setTimeout(() => fs.rmSync(container.folder, { recursive: true }), FOLDER_STAYS_MS)
}

fs.mkdirSync(path.join(base, 'containers'), { recursive: true })
const staying = Array.from({ length: STAYING }, (_, i) => birth(`stays-${i}`))
const living: { readonly container: Container; age: number }[] = []
let tick = 0

const step = (): void => {
  write(staying[tick++ % STAYING] as Container)
  living.push({ container: birth(`goes-${tick}`), age: 0 })
  for (const one of living) {
    one.age++
    for (let due = Math.ceil((one.age * LINES_PER_LIFE) / LIFE_TICKS); one.container.lines < due; ) write(one.container)
  }
  while (living[0] && living[0].age >= LIFE_TICKS) death((living.shift() as (typeof living)[number]).container)
}

const timer = setInterval(() => {
  if (tick * TICK_MS < Number(secondsText) * 1000) return step()
  clearInterval(timer)
  for (const { container } of living) death(container)
  console.log(JSON.stringify(total))
}, TICK_MS)
