import type { ClientRequest, IncomingMessage } from 'node:http'
import { type Answer, composeAnswer, maxAnswerBytes } from './answer.ts'
import { failureWords } from './failure.ts'

/** How one request over one connection ended. */
export type Ended =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'timeout' | 'aborted'; readonly reason: string }
  /** `stale`: a kept connection turned out to be closed before anything was answered on it. */
  | { readonly kind: 'connection'; readonly reason: string; readonly stale: boolean }

export interface Exchanges {
  /** Sends the body and reads the answer. `open` makes the request, which must not have been ended yet. Never throws. */
  run(open: () => ClientRequest, body: Buffer | undefined, signal: AbortSignal): Promise<Ended>
}

/** One request on its way. The listeners below are shared by all of them and find it on the emitter. */
interface Exchange {
  readonly request: Carrier<ClientRequest>
  readonly signal: AbortSignal
  readonly underWay: Set<Exchange>
  readonly limitMs: number
  timer: NodeJS.Timeout | undefined
  /** undefined once it has ended. */
  resolve: ((ended: Ended) => void) | undefined
  /** The head of the answer is here. */
  answering: boolean
  readonly parts: Buffer[]
  length: number
}

const carried = Symbol('exchange')
type Carrier<T> = T & { [carried]?: Exchange }

const settle = (exchange: Exchange, ended: Ended): void => {
  const { resolve } = exchange
  if (resolve === undefined) return
  exchange.resolve = undefined
  clearTimeout(exchange.timer)
  exchange.underWay.delete(exchange)
  resolve(ended)
}

/** Without an answer. The socket goes too, so that nothing more is read from the body's memory. */
const giveUp = (exchange: Exchange, ended: Ended): void => {
  if (exchange.resolve === undefined) return
  settle(exchange, ended)
  exchange.request.destroy()
}

const onLate = (exchange: Exchange): void =>
  giveUp(exchange, { kind: 'timeout', reason: `no answer within ${exchange.limitMs} ms` })

const onAbort = (exchange: Exchange): void => giveUp(exchange, { kind: 'aborted', reason: 'stopped' })

function onError(this: Carrier<ClientRequest>, error: Error): void {
  const exchange = this[carried]!
  // The head of an answer is here: what is cut off is the answer, and its own `close` says so.
  if (exchange.answering) return
  settle(exchange, { kind: 'connection', reason: failureWords(error), stale: this.reusedSocket })
}

const answered = (exchange: Exchange, response: IncomingMessage, cut: boolean): void => {
  const { request } = exchange
  // Answered before the whole request was sent: the rest of the body must not follow once its memory is somebody else's.
  if (!request.writableFinished) request.destroy()
  settle(exchange, { kind: 'answer', answer: composeAnswer(response, exchange.parts, cut) })
}

function onData(this: Carrier<IncomingMessage>, part: Buffer): void {
  const exchange = this[carried]!
  exchange.length += part.length
  if (exchange.length > maxAnswerBytes) this.destroy()
  else exchange.parts.push(part)
}

function onEnd(this: Carrier<IncomingMessage>): void {
  const exchange = this[carried]!
  if (exchange.resolve !== undefined) answered(exchange, this, false)
}

/** Also comes after `end`, and then says nothing new. */
function onClose(this: Carrier<IncomingMessage>): void {
  const exchange = this[carried]!
  if (exchange.resolve !== undefined) answered(exchange, this, true)
}

function onResponse(this: Carrier<ClientRequest>, response: Carrier<IncomingMessage>): void {
  const exchange = this[carried]!
  exchange.answering = true
  response[carried] = exchange
  response.on('data', onData)
  response.on('end', onEnd)
  response.on('close', onClose)
}

/**
 * Runs requests to their end: the last byte of the answer, a failure, the time limit (which runs until the last byte, not only to
 * the head), or the caller's signal. A lane sends thousands of bodies a second under one and the same signal, so a signal is
 * listened to once and not at each request, and no request makes listeners of its own.
 */
export const createExchanges = (limitMs: number): Exchanges => {
  const underWay = new Set<Exchange>()
  const known = new WeakSet<AbortSignal>()
  const listen = (signal: AbortSignal): void => {
    known.add(signal)
    const stop = (): void => {
      for (const exchange of underWay) if (exchange.signal === signal) onAbort(exchange)
    }
    signal.addEventListener('abort', stop, { once: true })
  }
  const start = (
    request: Carrier<ClientRequest>,
    body: Buffer | undefined,
    signal: AbortSignal,
    resolve: (ended: Ended) => void,
  ): void => {
    const exchange: Exchange = {
      request,
      signal,
      underWay,
      limitMs,
      timer: undefined,
      resolve,
      answering: false,
      parts: [],
      length: 0,
    }
    request[carried] = exchange
    underWay.add(exchange)
    request.on('response', onResponse)
    request.on('error', onError)
    exchange.timer = setTimeout(onLate, limitMs, exchange)
    request.end(body)
  }
  return {
    run: (open, body, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve({ kind: 'aborted', reason: 'stopped' })
        if (!known.has(signal)) listen(signal)
        try {
          start(open(), body, signal, resolve)
        } catch (error) {
          // A header or path that Node refuses to send.
          resolve({ kind: 'connection', reason: failureWords(error), stale: false })
        }
      }),
  }
}
