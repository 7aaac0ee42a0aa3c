import fs from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'

const two = (value: number): string => String(value).padStart(2, '0')

/** kubelet's time stamp of rotated files, local time: 20261121-061402. */
const rotationStamp = (ms: number): string => {
  const date = new Date(ms)
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`
  return `${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`
}

/** The rotated files of a log, oldest first: 0.log.20261121-061402 and 0.log.20261121-061402.gz. */
const rotatedFiles = (log: string): string[] =>
  fs
    .readdirSync(path.dirname(log))
    .filter((name) => name.startsWith(`${path.basename(log)}.`))
    .sort()
    .map((name) => path.join(path.dirname(log), name))

const compress = (file: string): void => {
  fs.writeFileSync(`${file}.tmp`, zlib.gzipSync(fs.readFileSync(file)))
  fs.renameSync(`${file}.tmp`, `${file}.gz`)
  fs.unlinkSync(file)
}

/**
 * Rotates a container's log as kubelet does (container_log_manager.go, rotateLog): takes away what a rotation that broke off
 * has left, drops the oldest so that `keep` files remain with this one, compresses the earlier ones by way of `.tmp`, and
 * only then renames the log, so that the newest rotated file is always plain. false: a file of this second exists already.
 */
export const rotate = (log: string, nowMs: number, keep: number): boolean => {
  const target = `${log}.${rotationStamp(nowMs)}`
  const before = rotatedFiles(log)
  if (before.some((file) => file === target || file === `${target}.gz`)) return false
  const broken = before.filter((file) => file.endsWith('.tmp') || before.includes(`${file}.gz`))
  for (const file of broken) fs.unlinkSync(file)
  const whole = before.filter((file) => !broken.includes(file))
  for (const file of whole.splice(0, Math.max(0, whole.length - (keep - 2)))) fs.unlinkSync(file)
  for (const file of whole) if (!file.endsWith('.gz')) compress(file)
  fs.renameSync(log, target)
  return true
}
