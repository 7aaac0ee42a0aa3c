import fs from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { WORK_FOLDER } from './folder.ts'
import type { Workload } from './workload.ts'

/** What an agent finds that was away for long: of every log a live file, a rotated one, and archives. */
export interface BehindOptions {
  readonly logs: number
  readonly archives: number
  /** Of each file, before it is compressed. */
  readonly kilobytes: number
}

const HEX = 'ab'.repeat(32)

/** Lines of CRI, all of one second: what is measured is the files, not what is in them. */
const textOf = (name: string, kilobytes: number, second: number): { readonly text: string; readonly lines: number } => {
  const stamp = `2026-11-26T10:${String(Math.floor(second / 60)).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}`
  let [text, lines] = ['', 0]
  for (; text.length < kilobytes * 1024; lines++)
    text += `${stamp}.${String(lines).padStart(9, '0')}Z stdout F ${name} line ${lines} ${'x'.repeat(80 + (lines % 50))}\n`
  return { text, lines }
}

const namesOf = (archives: number): readonly string[] => [
  ...Array.from({ length: archives }, (_, i) => `0.log.20261126-${String(100000 + i)}.gz`),
  `0.log.20261126-${100000 + archives}`,
  '0.log',
]

const write = (base: string, { logs, archives, kilobytes }: BehindOptions) => {
  const sum = { bytes: 0, lines: 0 }
  for (let log = 0; log < logs; log++) {
    const uid = `00000000-0000-4000-8000-${String(log).padStart(12, '0')}`
    const folder = path.join(base, 'pods', `default_pod-${log}_${uid}`, 'app')
    fs.mkdirSync(folder, { recursive: true })
    for (const [second, name] of namesOf(archives).entries()) {
      const { text, lines } = textOf(`pod-${log}`, kilobytes, second)
      fs.writeFileSync(path.join(folder, name), name.endsWith('.gz') ? gzipSync(text, { level: 1 }) : text)
      sum.bytes += text.length
      sum.lines += lines
    }
    fs.symlinkSync(path.join(folder, '0.log'), path.join(base, 'containers', `pod-${log}_default_app-${HEX}.log`))
  }
  return { ...sum, docs: sum.lines }
}

/** Written once and kept. */
export const behindWorkload = (options: BehindOptions): Workload => {
  const { logs, archives, kilobytes } = options
  const base = path.join(WORK_FOLDER, `behind-${logs}x${archives}x${kilobytes}`)
  const metaFile = `${base}.meta.json`
  if (!fs.existsSync(metaFile)) {
    fs.rmSync(base, { recursive: true, force: true })
    fs.mkdirSync(path.join(base, 'containers'), { recursive: true })
    fs.writeFileSync(metaFile, JSON.stringify(write(base, options)))
  }
  return { folder: path.join(base, 'containers'), root: base, ...JSON.parse(fs.readFileSync(metaFile, 'utf8')) }
}
