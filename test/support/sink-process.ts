import { startBulkSink } from './bulk-sink.ts'

/** A bulk sink in a process of its own, which can be stopped (SIGSTOP). Tells its parent the URL, and what it has whenever it is asked. */
const sink = await startBulkSink()
process.on('message', () =>
  process.send?.({
    messages: [...sink.documents.values()].map(({ message }) => message),
    repeats: [...sink.repeats.values()].reduce((sum, times) => sum + times, 0),
  }),
)
process.on('disconnect', () => process.exit(0))
process.send?.({ url: sink.url })
