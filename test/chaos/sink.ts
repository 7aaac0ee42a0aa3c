import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import type { FromSink, ToSink } from './messages.ts'
import { createRandom } from './random.ts'
import { type ArrivedDocument, createTally } from './tally.ts'
import { type Fate, fateOf, type Weather } from './weather.ts'

/** A stand-in for Elasticsearch in a process of its own, which fails as the weather says and keeps account of every document. */

const random = createRandom(process.argv[2] ?? '').fork('sink')
const tally = createTally()
const faults: Record<string, number> = {}
let weather: Weather = 'calm'
let requests = 0

const CLOSING = /-end-\d+$/
const TAKEN = '{"create":{"status":201}}'
const KNOWN =
  '{"create":{"status":409,"error":{"type":"version_conflict_engine_exception","reason":"document already exists"}}}'
const refusedItem = (status: number): string =>
  `{"create":{"status":${status},"error":{"type":"es_rejected_execution_exception","reason":"chaos"}}}`

const applyOne = (action: string, document: string): string => {
  const id = (JSON.parse(action) as { create: { _id: string } }).create._id
  // A file's closing document stands for no line.
  if (CLOSING.test(id)) return TAKEN
  return tally.take(id, JSON.parse(document) as ArrivedDocument) === 'created' ? TAKEN : KNOWN
}

/** Takes the items that `admits` admits; the answer as Elasticsearch writes it. */
const apply = (lines: readonly string[], admits: () => boolean, status = 429): string => {
  const items: string[] = []
  for (let i = 0; i + 1 < lines.length; i += 2)
    items.push(admits() ? applyOne(lines[i]!, lines[i + 1]!) : refusedItem(status))
  const errors = items.some((item) => item !== TAKEN)
  return `{"took":1,"errors":${errors},"items":[${items.join(',')}]}`
}

const everything = (): boolean => true

const fault = (kind: string): void => {
  faults[kind] = (faults[kind] ?? 0) + 1
}

const fail = (response: http.ServerResponse, status: number, retryAfterS: number | undefined): void => {
  if (retryAfterS !== undefined) response.setHeader('retry-after', String(retryAfterS))
  response.writeHead(status).end('{"error":{"type":"chaos","reason":"as the schedule says"}}')
}

const carryOut = async (fate: Fate, lines: readonly string[], response: http.ServerResponse): Promise<void> => {
  if (fate.kind === 'answer') {
    if (fate.delayMs > 0) fault('slow answer')
    const text = apply(lines, everything)
    if (fate.delayMs > 0) await sleep(fate.delayMs)
    response.end(text)
  } else if (fate.kind === 'items') {
    fault(`item ${fate.status}`)
    response.end(apply(lines, () => !random.chance(fate.share), fate.status))
  } else if (fate.kind === 'refuse') {
    fault(`whole ${fate.status}`)
    fail(response, fate.status, fate.retryAfterS)
  } else if (fate.kind === 'half') {
    fault('half taken, then 503')
    apply(lines.slice(0, 2 * Math.floor(lines.length / 4)), everything)
    fail(response, 503, undefined)
  } else {
    fault(`${fate.kind} ${fate.applied ? 'after' : 'before'} it was taken`)
    if (fate.applied) apply(lines, everything)
    if (fate.kind === 'reset') response.socket?.resetAndDestroy()
  }
}

const textOf = async (request: http.IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const body = Buffer.concat(parts)
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8')
}

const serve = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
  const text = await textOf(request)
  response.setHeader('x-elastic-product', 'Elasticsearch')
  response.setHeader('content-type', 'application/json')
  if (!request.url?.includes('_bulk')) {
    response.end('{"version":{"number":"9.5.3"},"overlapping":[]}')
    return
  }
  requests++
  await carryOut(fateOf(weather, random), text.split('\n'), response)
}

const server = http.createServer((request, response) => {
  // A client that is killed ends its request in the middle: nothing was taken, and nobody waits.
  serve(request, response).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') return
    process.send!({ kind: 'broken', reason: String((error as Error).stack) } satisfies FromSink)
  })
})

const send = (message: FromSink): void => {
  process.send!(message)
}

process.on('message', (message: ToSink) => {
  if (message.kind === 'weather') weather = message.weather
  else {
    const { created, known, violationCount, violations } = tally
    const missing = message.ends ? tally.missing(message.ends) : []
    const frontiers = tally.frontiers()
    const residentMb = process.memoryUsage.rss() / 1e6
    send({
      kind: 'state',
      requests,
      created,
      known,
      faults,
      frontiers,
      violationCount,
      violations,
      missing,
      residentMb,
    })
  }
})
process.on('disconnect', () => process.exit(0))
server.listen(0, '127.0.0.1', () => send({ kind: 'listening', port: (server.address() as AddressInfo).port }))
