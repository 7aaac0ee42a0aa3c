import type { Clock } from '../../../lib/io/clock.ts'
import type { BulkBody, Outcome, Output } from '../../event.ts'
import { createClient, type NoAnswer, type Reply } from './client.ts'
import { connectionFix, connectionWords } from './fixes.ts'
import { installTemplate, type TemplateOutcome } from './install-template.ts'
import type { ElasticsearchOptions } from './options.ts'
import { templatePlans } from './template-plan.ts'
import { again, judge, type Verdict } from './verdict.ts'
import { type WireBody, wireBody } from './wire-body.ts'

export interface ElasticsearchDeps {
  readonly clock: Clock
  /** Called when it is known which index template is used: at the first contact, and after each `installTemplate()`. */
  readonly onTemplate: (outcome: TemplateOutcome) => void
}

export interface ElasticsearchOutput extends Output {
  /** Looks for templates and installs ours where wanted; what came of the logs' one. send() does so by itself before its first body. Never throws. */
  installTemplate(signal: AbortSignal): Promise<TemplateOutcome>
}

/**
 * Status alone costs 26 bytes per document and keeps the position of each item; the errors are there when there are any. The
 * filter applies to refusals of the whole request too, hence `error.…`.
 */
export const filterPath =
  'filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason,items.*.failure_store,error.type,error.reason'

const dataStreamOnly = (options: ElasticsearchOptions): boolean => options.target.kind === 'data_stream'
const requireDataStream = ['require_data_stream', 'true'] as const

/**
 * Parameters that not every server knows: OpenSearch knows neither, Elasticsearch the second since 8.18. They are sent until the
 * server refuses them, which costs one more request in the life of the agent and, unlike asking for the version, no rights.
 */
const optionalParameters = (options: ElasticsearchOptions): Map<string, string> =>
  new Map([
    // A typing error or a lost template must not make a plain index of a data stream.
    ...(dataStreamOnly(options) && options.requireDataStream === 'auto' ? [requireDataStream] : []),
    // Mapping errors quote the document otherwise, and they go to logs.
    ['include_source_on_error', 'false'],
  ])

/**
 * Elasticsearch waits this long for a shard that is not there and then answers for the item (default 1 m). Below our own
 * patience, else we would give up on requests that are about to be answered.
 */
const serverTimeout = (options: ElasticsearchOptions): string =>
  `timeout=${Math.max(1, Math.floor(options.requestTimeoutMs / 2000))}s`

/**
 * A request that is sound and that no server acts on: data streams refuse every delete, and an update of a document that does
 * not exist is a 404 of that item. (Updates together with require_data_stream are a 400 as a whole.)
 */
const harmlessBody = ({ target }: ElasticsearchOptions): WireBody => {
  const id = '{"_id":"picket-is-this-request-sound"}'
  const lines = target.kind === 'data_stream' ? `{"delete":${id}}\n` : `{"update":${id}}\n{"doc":{}}\n`
  return { bytes: Buffer.from(lines), encoding: 'identity' }
}

const unanswered = (reply: NoAnswer): Outcome => {
  if (reply.kind === 'secret') return again(`cannot read a secret of this output: ${reply.reason}`, true)
  const fix = reply.kind === 'connection' ? connectionFix(reply.reason) : undefined
  const words = connectionWords(reply.reason)
  return again(fix === undefined ? words : `${words}; ${fix}`, fix !== undefined)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export const createElasticsearchOutput = (
  options: ElasticsearchOptions,
  deps: ElasticsearchDeps,
): ElasticsearchOutput => {
  const client = createClient(options, deps.clock)
  const path = `/${encodeURIComponent(options.target.name)}/_bulk`
  const fixed = [filterPath, serverTimeout(options)]
  if (dataStreamOnly(options) && options.requireDataStream === true) fixed.push(requireDataStream.join('='))
  if (options.pipeline !== undefined) fixed.push(`pipeline=${encodeURIComponent(options.pipeline)}`)
  const optional = optionalParameters(options)
  const composeQuery = (): string => [...fixed, ...[...optional].map((pair) => pair.join('='))].join('&')
  let query = composeQuery()
  const plans = templatePlans(options)
  let templateKnown = options.manageTemplate === 'never' || options.target.kind === 'index'
  let templateCheck: Promise<TemplateOutcome> | undefined

  const install = async (signal: AbortSignal): Promise<TemplateOutcome> => {
    const outcomes: TemplateOutcome[] = []
    for (const plan of plans) {
      const outcome = await installTemplate(client, plan, signal)
      if (outcome.kind === 'failed') return outcome
      outcomes.push(outcome)
    }
    templateKnown = true
    outcomes.forEach(deps.onTemplate)
    return outcomes[0] as TemplateOutcome
  }
  /** One look at a time, whoever asks; undefined once it is settled. */
  const awaitTemplate = async (signal: AbortSignal): Promise<Outcome | undefined> => {
    if (templateKnown) return undefined
    templateCheck ??= install(signal).finally(() => {
      templateCheck = undefined
    })
    const outcome = await templateCheck
    if (outcome.kind !== 'failed') return undefined
    const verdict = judged(outcome.reply, 1)
    return verdict.kind === 'again' ? verdict : again(outcome.words, false)
  }

  const post = (body: WireBody, signal: AbortSignal): Promise<Reply> =>
    client.request(
      { method: 'POST', path, query, body: body.bytes, contentType: 'application/x-ndjson', encoding: body.encoding },
      signal,
    )
  const judged = (reply: Reply, documents: number): Verdict =>
    reply.kind === 'answer' ? judge(reply.answer, documents, deps.clock.now()) : unanswered(reply)

  /** true where it left something out that was there. */
  const leaveOut = (names: readonly string[]): boolean => {
    const known = names.filter((name) => optional.delete(name)).length > 0
    query = composeQuery()
    return known
  }

  /**
   * A 400 for the request as a whole: where the same request with a harmless body is answered, the body is at fault and is
   * halved until the bad document stands alone; where it is refused too, no document is: hold.
   */
  const whoseFault = async (reason: string, signal: AbortSignal): Promise<Outcome> => {
    for (;;) {
      const sentQuery = query
      const reply = await post(harmlessBody(options), signal)
      if (reply.kind !== 'answer') return unanswered(reply)
      const { status } = reply.answer
      if (status >= 200 && status < 300) return { kind: 'split', reason }
      // A server that reads the body first says only now that it does not know a parameter.
      const verdict = judged(reply, 1)
      if (verdict.kind === 'again') return verdict
      const learnt = verdict.kind === 'unknown_parameters' && (leaveOut(verdict.names) || query !== sentQuery)
      if (!learnt) break
    }
    return again(
      `${reason}; the server refuses the request whatever the documents are: look at this output's settings`,
      true,
    )
  }

  const exchange = async (body: BulkBody, signal: AbortSignal): Promise<Outcome> => {
    const blocked = await awaitTemplate(signal)
    if (blocked) return blocked
    const wire = await wireBody(body, options.compression)
    for (;;) {
      const sentQuery = query
      const verdict = judged(await post(wire, signal), body.documents)
      if (verdict.kind === 'doubtful') return whoseFault(verdict.reason, signal)
      if (verdict.kind !== 'unknown_parameters') return verdict
      // Two requests may learn it at the same time: the second finds the query changed already.
      if (!leaveOut(verdict.names) && query === sentQuery) {
        return again(`400: the server does not know the parameters ${verdict.names.join(', ')}`, true)
      }
    }
  }

  return {
    name: options.name,
    installTemplate: install,
    send: async (body, signal) => {
      try {
        return await exchange(body, signal)
      } catch (error) {
        return again(`the request could not be made: ${messageOf(error)}`, false)
      }
    },
    close: async () => client.close(),
  }
}
