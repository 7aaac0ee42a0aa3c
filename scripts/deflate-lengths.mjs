// Makes agent/kernel/deflate-lengths.generated.ts: the lengths of the Huffman codes that all bodies are packed with.
//   node test/bench/generate-logs.cjs files --dir FOLDER --files 10 --mb 1 && node scripts/deflate-lengths.mjs FOLDER
// Packs the workload with the codes of the day, counts which symbols came out (they do not depend on the codes), and writes the
// codes that would have been best. Every symbol keeps a code, so that any text can be packed.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { DISTANCE_LENGTHS, LITERAL_LENGTHS } from '../agent/kernel/deflate-lengths.generated.ts'
import { deflateTables, MAX_LITERAL_BITS } from '../agent/kernel/deflate-tables.ts'
import { createEncoder } from '../agent/kernel/encoder.ts'

const folder = process.argv[2]
const wasm = readFileSync(new URL('../build/kernel.wasm', import.meta.url))
const encoder = createEncoder({ wasm, maxRecordBytes: 262_144, compression: 'fast', slots: 1, now: () => '' })
const literalCounts = new Array(286).fill(0)
const distanceCounts = new Array(30).fill(0)

/** Code (as in the stream, first bit highest) and length to symbol. */
const decoder = (digits) => {
  const lengths = [...digits].map((digit) => Number.parseInt(digit, 16))
  const symbols = new Map()
  let next = 0
  for (let length = 1; length <= 15; length++, next <<= 1)
    lengths.forEach((own, symbol) => {
      if (own === length) symbols.set((length << 16) | next++, symbol)
    })
  return symbols
}

const literals = decoder(LITERAL_LENGTHS)
const distances = decoder(DISTANCE_LENGTHS)
const { header, headerRestBits } = deflateTables()

const countSymbols = (body) => {
  let bit = header.length * 8 + headerRestBits
  const read = () => (body[bit >> 3] >> (bit++ & 7)) & 1
  const symbol = (symbols) => {
    for (let code = 0, length = 1; ; length++) {
      code = (code << 1) | read()
      const found = symbols.get((length << 16) | code)
      if (found !== undefined) return found
    }
  }
  for (;;) {
    const literal = symbol(literals)
    literalCounts[literal]++
    if (literal === 256) return
    if (literal < 256) continue
    bit += literal < 265 || literal === 285 ? 0 : (literal - 261) >> 2
    const distance = symbol(distances)
    distanceCounts[distance]++
    bit += distance < 4 ? 0 : (distance >> 1) - 1
  }
}

const seal = () => {
  const body = encoder.seal()
  if (body.encoding === 'gzip') countSymbols(body.bytes)
  encoder.release(body)
  encoder.stage()
}

const contextOf = (name) => {
  const fingerprint = Buffer.from(name).toString('base64url').slice(-16)
  const text = (stream) =>
    Buffer.from(
      `","stream":"${stream}","host":{"name":"node-1"},"log":{"file":{"path":"/var/log/containers/${name}"},"offset":`,
    )
  const texts = {
    head: Buffer.from(`{"create":{"_id":"${fingerprint}-`),
    idOffset: true,
    afterId: Buffer.from('"}}\n{"@timestamp":"'),
    stdout: text('stdout'),
    stderr: text('stderr'),
    none: text('none'),
  }
  return { texts, format: 'cri', fingerprint, partials: { stdout: undefined, stderr: undefined } }
}

encoder.stage()
for (const name of readdirSync(folder)) {
  const context = contextOf(name)
  const file = readFileSync(`${folder}/${name}`)
  for (let at = 0; at < file.length; ) {
    const length = file.copy(encoder.input, 0, at)
    const { consumed, stop } = encoder.encode(context, length, at, true)
    at += consumed
    if (stop === 'full') seal()
  }
}
seal()

/** Huffman's lengths, none above `limit`: the counts are flattened until it holds. */
const huffman = (counts, limit) => {
  for (let weights = counts.map((count) => count + 1); ; weights = weights.map((weight) => (weight >> 1) | 1)) {
    const lengths = new Array(counts.length).fill(0)
    let trees = weights.map((weight, symbol) => ({ weight, symbols: [symbol] }))
    while (trees.length > 1) {
      trees = trees.sort((a, b) => a.weight - b.weight)
      const [a, b, ...others] = trees
      const symbols = [...a.symbols, ...b.symbols]
      for (const symbol of symbols) lengths[symbol]++
      trees = [...others, { weight: a.weight + b.weight, symbols }]
    }
    if (Math.max(...lengths) <= limit) return lengths
  }
}

const hex = (lengths) => lengths.map((length) => length.toString(16)).join('')
writeFileSync(
  new URL('../agent/kernel/deflate-lengths.generated.ts', import.meta.url),
  `/** Bits of each symbol's code, one hexadecimal digit each. Made by scripts/deflate-lengths.mjs. */
export const LITERAL_LENGTHS =
  '${hex(huffman(literalCounts, MAX_LITERAL_BITS))}'
export const DISTANCE_LENGTHS = '${hex(huffman(distanceCounts, 15))}'
`,
)
