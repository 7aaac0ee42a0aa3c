import type { LineFormat } from '../event.ts'

const cri = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) [A-Z]/
const docker = /^\{"(?:log|stream|time|attrs)":/

const formatOfLine = (line: string): LineFormat =>
  cri.test(line) ? 'cri' : docker.test(line) && line.includes('"log":') ? 'docker' : 'plain'

/**
 * How a file's lines are framed, from its first bytes. A torn or foreign first line does not decide: the first line that
 * has a known framing does. Pure.
 */
export const detectLineFormat = (head: Uint8Array): LineFormat => {
  for (const line of Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1').split('\n')) {
    const format = formatOfLine(line)
    if (format !== 'plain') return format
  }
  return 'plain'
}
