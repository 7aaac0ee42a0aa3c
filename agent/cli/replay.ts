import { harmless } from '../../lib/terminal/harmless.ts'
import { amendSegment, type Fate } from '../buffer/amend-segment.ts'
import type { FoundLetter } from '../buffer/dead-letter-lines.ts'
import type { Segment } from '../buffer/dead-letter-segment.ts'
import type { Exclusive } from '../buffer/dead-letters.ts'
import type { Output } from '../event.ts'
import { type DeadLettersIo, sayUnclear } from './dead-letters.ts'
import { type LetterFilter, lettersOf, type OutputLetters, outputsWithLetters } from './dead-letters-folder.ts'
import { createPrinter, type Printer } from './printer.ts'
import { exitCodes } from './reading.ts'
import { batchesOf, canBeSent } from './replay-batch.ts'
import { type Answer, type SendDeps, sendBatch } from './replay-send.ts'

export interface ReplayOptions {
  readonly stateDir: string
  readonly filter: LetterFilter
  readonly dryRun: boolean
  /** true: NDJSON; false: lines for people. */
  readonly json: boolean
}

/** An output to replay into, or why that cannot be. */
export type ReplayTarget =
  | { readonly kind: 'open'; readonly output: Output; readonly exclusive: Exclusive }
  | { readonly kind: 'closed'; readonly reason: string }

export interface ReplayIo extends DeadLettersIo {
  readonly signal: AbortSignal
  readonly open: (output: string) => ReplayTarget
  readonly backoff: SendDeps['backoff']
}

interface Tally {
  sent: number
  taken: number
  refused: number
  unanswered: number
  stopped: boolean
}

interface Run {
  readonly options: ReplayOptions
  readonly io: ReplayIo
  readonly printer: Printer
  /** Ids found, by what was asked for. */
  readonly seen: Map<string, Set<string>>
}

/**
 * `picket dead-letters replay`. Sends letters again, segment by segment. What the output takes now (also as a 409: it was there) is removed
 * when a segment is through, in one atomic step (buffer/amend-segment.ts) and while the agent, if there is one, does not write; the network is
 * never waited for meanwhile. Whatever is interrupted is replayed once more at worst.
 */
export const replayDeadLetters = async (options: ReplayOptions, io: ReplayIo): Promise<number> => {
  const run = { options, io, printer: createPrinter(io.out), seen: new Map() }
  const outputs = outputsWithLetters(options.stateDir, io.filesystem, options.filter.output)
  const unclear = refuseUnclear(run, outputs)
  if (unclear !== exitCodes.done) return unclear
  if (outputs.length === 0) io.say('picket: no dead letters')
  let code: number = exitCodes.done
  for (const output of outputs) if ((await replayOutput(run, output)) !== exitCodes.done) code = exitCodes.failed
  return code
}

/** Before anything is sent. */
const refuseUnclear = (run: Run, outputs: readonly OutputLetters[]): number => {
  const { ids } = run.options.filter
  if (ids.length === 0) return exitCodes.done
  for (const { segments } of outputs) {
    for (const segment of segments) {
      for (const { id } of lettersOf(run.io.filesystem, segment, run.options.filter)) {
        for (const prefix of ids.filter((one) => id.startsWith(one)))
          run.seen.set(prefix, (run.seen.get(prefix) ?? new Set()).add(id))
      }
    }
  }
  return sayUnclear(ids, run.seen, run.io.say)
}

const replayOutput = async (run: Run, { output, segments }: OutputLetters): Promise<number> => {
  const { io, options } = run
  const meant = segments.filter((segment) => hasSome(lettersOf(io.filesystem, segment, options.filter)))
  if (meant.length === 0) return exitCodes.done
  if (options.dryRun) return tellDryRun(run, output, meant)
  const target = io.open(output)
  if (target.kind === 'closed') {
    io.say(`picket: ${output}: ${target.reason}`)
    return exitCodes.failed
  }
  const tally: Tally = { sent: 0, taken: 0, refused: 0, unanswered: 0, stopped: false }
  try {
    for (const segment of meant) {
      await replaySegment(run, segment, target, tally)
      if (tally.stopped || io.signal.aborted || run.printer.gone) break
    }
  } finally {
    await target.output.close()
  }
  io.say(`picket: ${output}: ${summary(tally)}`)
  return tally.refused + tally.unanswered > 0 ? exitCodes.failed : exitCodes.done
}

const hasSome = (letters: Iterable<FoundLetter>): boolean => {
  for (const _ of letters) return true
  return false
}

const summary = ({ sent, taken, refused, unanswered, stopped }: Tally): string =>
  [
    `${sent} sent again, ${taken} taken, ${refused} refused again`,
    ...(unanswered > 0 ? [`, ${unanswered} without a verdict`] : []),
    ...(stopped ? ['; the rest was not sent'] : []),
  ].join('')

const tellDryRun = async (run: Run, output: string, segments: readonly Segment[]): Promise<number> => {
  let count = 0
  for (const segment of segments) {
    for (const found of lettersOf(run.io.filesystem, segment, run.options.filter)) {
      count++
      await tell(run, found, undefined, 'would be sent')
    }
  }
  run.io.say(`picket: ${output}: ${count} would be sent again`)
  return exitCodes.done
}

const replaySegment = async (
  run: Run,
  segment: Segment,
  target: Extract<ReplayTarget, { kind: 'open' }>,
  tally: Tally,
): Promise<void> => {
  const { io, options } = run
  const deps: SendDeps = { ...io, send: (body, signal) => target.output.send(body, signal) }
  const fates = new Map<string, Fate>()
  try {
    for (const batch of batchesOf(lettersOf(io.filesystem, segment, options.filter))) {
      const answers = new Map<string, Answer>()
      for (const { id } of batch.filter((found) => !canBeSent(found)))
        answers.set(id, { kind: 'unanswered', reason: 'is no bulk item and cannot be sent again', stops: false })
      await sendBatch(batch.filter(canBeSent), deps, answers)
      noteFates(answers, fates, new Date(io.clock.now()).toISOString())
      for (const found of batch) await noteAnswer(run, found, answers.get(found.id)!, tally)
      if (tally.stopped || io.signal.aborted) break
    }
  } finally {
    // Also after an interruption: what was answered so far need not be asked again.
    if (fates.size > 0) target.exclusive(() => amendSegment(io.filesystem, segment, fates))
  }
}

const noteFates = (answers: ReadonlyMap<string, Answer>, fates: Map<string, Fate>, time: string): void => {
  for (const [id, answer] of answers) {
    if (answer.kind === 'taken') fates.set(id, answer)
    if (answer.kind !== 'refused') continue
    const { status, type, reason } = answer.rejection
    fates.set(id, { kind: 'refused', verdict: { time, status, type, reason } })
  }
}

const noteAnswer = async (run: Run, found: FoundLetter, answer: Answer, tally: Tally): Promise<void> => {
  tally.sent++
  tally[answer.kind]++
  if (answer.kind === 'unanswered' && answer.stops) tally.stopped = true
  await tell(run, found, answer, answer.kind)
}

const tell = async (
  { options, printer }: Run,
  found: FoundLetter,
  answer: Answer | undefined,
  result: string,
): Promise<void> => {
  const { id, letter } = found
  const verdict = answer?.kind === 'refused' ? answer.rejection : undefined
  const reason = answer?.kind === 'unanswered' ? answer.reason : verdict?.reason
  const facts = { id, output: letter.output, result, status: verdict?.status, type: verdict?.type, reason }
  const words = [verdict?.status, verdict?.type, reason].filter((part) => part !== undefined && part !== '').join(' ')
  const line = words === '' ? `${id}  ${result}` : `${id}  ${result}: ${words}`
  await printer.print(options.json ? `${JSON.stringify(facts)}\n` : `${harmless(line)}\n`)
}
