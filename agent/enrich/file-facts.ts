import type { ContainerOrigin, Facts, FactsProvider, TailedFile } from '../event.ts'
import { pathFactsProvider, pathOnlyFacts } from './path-facts.ts'
import type { KnownPod } from './pod-cache.ts'
import { podDocument, type Surroundings } from './pod-document.ts'

type Answer = ReturnType<FactsProvider['facts']>

/** Everything that a file's facts were made of; compared by identity. */
interface Made {
  readonly pod: KnownPod | undefined
  readonly around: Surroundings
}

interface Entry {
  readonly firstAskedMs: number
  made: Made
  text: string
  answer: Answer
}

export interface FileFactsDeps {
  readonly find: (origin: ContainerOrigin) => KnownPod | undefined
  /** The same object until something in it changes. */
  readonly surroundings: (namespace: string) => Surroundings
  /** May the file's lines still wait for its pod? */
  readonly mayWait: (firstAskedMs: number) => boolean
  readonly nowMs: () => number
}

/**
 * Facts per file, made again only when what they are made of is another object, and given a new version only when their text is another:
 * a lane asks before every turn and makes its constant bytes anew on every new version. Entries end with their files.
 */
export const createFileFacts = (deps: FileFactsDeps): FactsProvider => {
  const entries = new WeakMap<TailedFile, Entry>()

  const make = (file: TailedFile, origin: ContainerOrigin, { pod, around }: Made): Facts =>
    pod === undefined ? pathOnlyFacts(file) : podDocument(pod.facts, origin, around)

  const begin = (file: TailedFile, origin: ContainerOrigin, made: Made): Entry => {
    const facts = make(file, origin, made)
    const firstAskedMs = deps.nowMs()
    const ready = made.pod !== undefined || !deps.mayWait(firstAskedMs)
    const entry = { firstAskedMs, made, text: JSON.stringify(facts), answer: { facts, ready, version: 1 } }
    entries.set(file, entry)
    return entry
  }

  const renew = (entry: Entry, file: TailedFile, origin: ContainerOrigin, made: Made): void => {
    const { answer } = entry
    // A pod that was known and is forgotten takes nothing back from the files that it had.
    if (made.pod === undefined && entry.made.pod !== undefined) return
    const facts = make(file, origin, made)
    const text = JSON.stringify(facts)
    if (text !== entry.text) entry.answer = { facts, ready: answer.ready, version: answer.version + 1 }
    entry.text = text
    entry.made = made
  }

  const factsOf = (file: TailedFile, origin: ContainerOrigin): Answer => {
    const made = { pod: deps.find(origin), around: deps.surroundings(origin.namespace) }
    const entry = entries.get(file) ?? begin(file, origin, made)
    if (made.pod !== entry.made.pod || made.around !== entry.made.around) renew(entry, file, origin, made)
    const ready = entry.answer.ready || entry.made.pod !== undefined || !deps.mayWait(entry.firstAskedMs)
    if (ready !== entry.answer.ready) entry.answer = { ...entry.answer, ready }
    return entry.answer
  }

  return {
    facts: (file) => (file.origin.kind === 'container' ? factsOf(file, file.origin) : pathFactsProvider.facts(file)),
  }
}
