import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { FromSink, FromWriter, SinkState, ToSink, ToWriter, WriterOptions } from './messages.ts'

/** A process of the run that is not the agent. */
const startActor = <In, Out>(
  script: string,
  argument: string,
  hear: (message: Out) => void,
  onDeath: (reason: string) => void,
) => {
  const child: ChildProcess = fork(join(import.meta.dirname, script), [argument], { serialization: 'advanced' })
  let leaving = false
  child.on('message', (message) => hear(message as Out))
  child.on('exit', (code, signal) => {
    if (!leaving) onDeath(`${script} ended with ${code ?? signal}`)
  })
  return {
    send: (message: In): void => {
      if (child.connected) child.send(message as object)
    },
    leave: (): void => {
      leaving = true
      if (child.connected) child.disconnect()
    },
  }
}

export interface SinkProcess {
  readonly port: Promise<number>
  send(message: ToSink): void
  /** What it has, and what is missing before `ends`. */
  ask(ends?: Readonly<Record<string, number>>): Promise<SinkState>
  leave(): void
}

export const startSink = (seed: string, onDeath: (reason: string) => void): SinkProcess => {
  const listening = Promise.withResolvers<number>()
  const waiting: ((state: SinkState) => void)[] = []
  const hear = (message: FromSink): void => {
    if (message.kind === 'listening') listening.resolve(message.port)
    else if (message.kind === 'broken') onDeath(message.reason)
    else waiting.shift()?.(message)
  }
  const actor = startActor<ToSink, FromSink>('sink.ts', seed, hear, onDeath)
  return {
    port: listening.promise,
    send: actor.send,
    ask: (ends) =>
      new Promise((resolve) => {
        waiting.push(resolve)
        actor.send({ kind: 'tell', ends })
      }),
    leave: actor.leave,
  }
}

export interface WriterProcess {
  send(message: ToWriter): void
  leave(): void
}

export const startWriter = (
  options: WriterOptions,
  hear: (message: FromWriter) => void,
  onDeath: (reason: string) => void,
): WriterProcess => startActor<ToWriter, FromWriter>('writer.ts', JSON.stringify(options), hear, onDeath)
