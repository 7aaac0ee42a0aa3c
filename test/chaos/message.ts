import { crc32 } from 'node:zlib'
import type { Random } from './random.ts'

/** What every line of the chaos run says of itself, so that the sink can tell what is missing, doubled, moved or changed. */
export interface Message {
  /** `<pod>/<container>/<stream>`. */
  readonly stream: string
  readonly sequence: number
  /** The record's time stamp, as it is in the log. */
  readonly time: string
}

/** What is hard to carry: quotes, escapes, control characters, text of two, three and four bytes a character. */
const SNIPPETS = [
  'GET /cart?id=7 HTTP/1.1',
  '{"level":"info","user":"a\\"b"}',
  'back\\slash',
  'tab\there',
  'nul\u0000byte',
  'größe',
  '日本語のログ',
  '🚀 up',
  '</script>',
  "it's",
  'x'.repeat(64),
]

/** Texts to be put behind the facts, made once: making each anew would cost more than all else that a writer does. */
export const createFillings = (random: Random, count = 200, leastBytes = 60, mostBytes = 400): readonly string[] =>
  Array.from({ length: count }, () => {
    const want = Math.round(random.spread(leastBytes, mostBytes))
    let text = ''
    while (text.length < want) text += `${random.pick(SNIPPETS)} `
    return text.trimEnd()
  })

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0')

export const writeMessage = ({ stream, sequence, time }: Message, filling: string): string => {
  const body = `${stream} ${sequence} ${time} ${filling}`
  return `${body} ${checksum(body)}`
}

/** undefined where it is not what a writer wrote. */
export const readMessage = (text: string): Message | undefined => {
  const body = text.slice(0, -9)
  if (text.at(-9) !== ' ' || checksum(body) !== text.slice(-8)) return undefined
  const [stream, sequence, time] = body.split(' ', 3)
  return { stream: stream!, sequence: Number(sequence), time: time! }
}
