import { cutText } from '../../lib/log/error-fields.ts'
import type { AgentEvents, BulkBody, Outcome } from '../event.ts'
import type { DeliveryTally } from './delivery-tally.ts'
import type { HeldOutputs } from './held-outputs.ts'
import type { MetricSet } from './metric-set.ts'
import type { Recorder } from './recorder.ts'

type DeliveryEvents = Pick<
  AgentEvents,
  'encoded' | 'chunkSealed' | 'sent' | 'delivered' | 'held' | 'resumed' | 'deadLettered' | 'deadLettersDropped'
>

const countOutcome = (metrics: MetricSet, output: string, outcome: Outcome, body: BulkBody): void => {
  if (outcome.kind === 'again') metrics.add('retriedDocuments', { output }, body.documents)
  if (outcome.kind !== 'items') return
  metrics.add('duplicateDocuments', { output }, outcome.duplicates)
  metrics.add('failureStoreDocuments', { output }, outcome.failureStore)
  metrics.add('rejectedDocuments', { output }, outcome.rejected.length)
  metrics.add('retriedDocuments', { output }, outcome.retry.length)
}

/** Of every turn of a lane: for some fifty files a second, prom-client's labels would cost as much as reading them. */
const countEncoded = (metrics: MetricSet): DeliveryEvents['encoded'] => {
  const tallyOf = (source: string) => ({
    bytes: metrics.tally('readBytes', { source }),
    lines: metrics.tally('readLines', { source }),
    documents: metrics.tally('encodedDocuments', { source }),
    invalidUtf8: metrics.tally('invalidUtf8Lines', { source }),
    truncated: metrics.tally('truncatedRecords', { source }),
    unparsed: metrics.tally('unparsedLines', { source }),
  })
  const bySource = new Map<string, ReturnType<typeof tallyOf>>()
  return (source, bytes, counts) => {
    const of = bySource.get(source) ?? tallyOf(source)
    bySource.set(source, of)
    of.bytes.value += bytes
    of.lines.value += counts.lines
    of.documents.value += counts.documents
    of.invalidUtf8.value += counts.invalidUtf8
    of.truncated.value += counts.truncated
    of.unparsed.value += counts.unparsed
  }
}

/** Called for every turn of a lane and every request: these count and stay silent. */
const hotEvents = (
  { metrics }: Recorder,
  tally: DeliveryTally['events'],
): Pick<DeliveryEvents, 'encoded' | 'chunkSealed' | 'sent' | 'delivered'> => ({
  encoded: countEncoded(metrics),
  chunkSealed: (output, _body, reason) => metrics.add('chunksSealed', { output, reason }),
  sent: (output, outcome, body, tookMs) => {
    metrics.add('requests', { output, outcome: outcome.kind })
    metrics.observe('requestDuration', { output }, tookMs / 1000)
    metrics.add('sentBytes', { output }, body.bytes.length)
    metrics.add('sentPlainBytes', { output }, body.plainBytes)
    countOutcome(metrics, output, outcome, body)
    tally.sent(output, outcome, body, tookMs)
  },
  delivered: (output, documents, writeToVerdictMs) => {
    metrics.add('deliveredDocuments', { output }, documents)
    tally.delivered(output, documents, writeToVerdictMs)
    // A line's time stamp is another clock's: what seems to come from the future counts as instant.
    metrics.observe('writeToVerdict', { output }, Math.max(0, writeToVerdictMs) / 1000, documents)
  },
})

const setHeld = (metrics: MetricSet, output: string, heldOutputs: HeldOutputs): void => {
  const held = heldOutputs.list().filter((one) => one.output === output)
  metrics.set('held', { output }, held.length > 0 ? 1 : 0)
  metrics.set('heldStreams', { output }, held.filter(({ stream }) => stream !== undefined).length)
}

export const deliveryEvents = (
  recorder: Recorder,
  heldOutputs: HeldOutputs,
  tally: DeliveryTally['events'],
): DeliveryEvents => {
  const { metrics, log } = recorder
  return {
    ...hotEvents(recorder, tally),
    held: (output, reason, attempt, waitMs, stream) => {
      metrics.add('holds', { output })
      heldOutputs.hold(output, reason, stream)
      setHeld(metrics, output, heldOutputs)
      const fields = {
        output,
        ...(stream !== undefined && { stream }),
        reason: cutText(reason),
        attempt,
        wait_ms: Math.round(waitMs),
      }
      log('warn', 'output_held', 'an output takes nothing; its documents are kept and sent again', fields)
    },
    resumed: (output, afterMs, stream) => {
      heldOutputs.release(output, stream)
      setHeld(metrics, output, heldOutputs)
      const fields = { output, ...(stream !== undefined && { stream }), after_ms: Math.round(afterMs) }
      log('info', 'output_resumed', 'the output takes documents again', fields)
    },
    deadLettered: (output, rejection) => {
      const { status, type, reason } = rejection
      tally.deadLettered(output, rejection)
      metrics.add('deadLetters', { output })
      const fields = { output, status, type, reason: cutText(reason) }
      log('warn', 'dead_lettered', 'a document was rejected for good and kept in the dead-letter file', fields)
    },
    deadLettersDropped: (output, documents) => {
      metrics.add('deadLettersDropped', { output }, documents)
      log('error', 'dead_letters_dropped', 'the dead-letter file is full; its oldest documents were dropped', {
        output,
        documents,
      })
    },
  }
}
