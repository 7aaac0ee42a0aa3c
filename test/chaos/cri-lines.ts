import { type Message, writeMessage } from './message.ts'
import type { Random } from './random.ts'

/** Lines of one container in CRI's format, with time stamps that never go back and here and there repeat. */
export interface CriLines {
  /** Lines of one record, a character for a byte; in pieces now and then. `sameFile`: the last record is in the file that this one goes to. */
  record(stream: 'stdout' | 'stderr', key: string, sequence: number, sameFile: boolean): string[]
}

const createStamps = (random: Random) => {
  let ms = 0
  let nanos = 0
  let second = ''
  let secondMs = -1
  return (repeat: boolean): string => {
    const nowMs = Date.now()
    if (nowMs > ms) {
      ms = nowMs
      nanos = random.integer(0, 1000)
    } else if (!repeat) nanos += random.integer(1, 50)
    if (nanos > 999_999) {
      ms++
      nanos = 0
    }
    const floor = ms - (ms % 1000)
    if (floor !== secondMs) {
      secondMs = floor
      second = new Date(floor).toISOString().slice(0, 19)
    }
    return `${second}.${String(ms - floor).padStart(3, '0')}${String(nanos).padStart(6, '0')}Z`
  }
}

/** A character stands for a byte from here on: pieces end anywhere, also inside a UTF-8 sequence. */
const bytesOf = (text: string): string => Buffer.from(text).toString('latin1')

export const createCriLines = (random: Random, fillings: readonly string[]): CriLines => {
  const stamp = createStamps(random)
  return {
    record: (stream, key, sequence, sameFile) => {
      const time = stamp(sameFile && random.chance(0.1))
      const text = bytesOf(writeMessage({ stream: key, sequence, time } satisfies Message, random.pick(fillings)))
      const pieces = random.chance(0.03) ? random.integer(2, 4) : 1
      if (pieces === 1) return [`${time} ${stream} F ${text}\n`]
      const size = Math.ceil(text.length / pieces)
      return Array.from({ length: pieces }, (_, i) => {
        const last = i === pieces - 1
        const piece = text.slice(i * size, last ? undefined : (i + 1) * size)
        return `${i === 0 ? time : stamp(false)} ${stream} ${last ? 'F' : 'P'} ${piece}\n`
      })
    },
  }
}
