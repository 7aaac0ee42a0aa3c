import type { TestContext } from 'node:test'
import { allCovered } from './coverage.ts'
import type { NodeLab } from './lab.ts'
import type { Machine } from './machine.ts'
import { startWriter } from './writer.ts'

export interface Disturbance {
  /** Name of the writer's pod. */
  readonly pod: string
  readonly node: Machine
  /** What happens while it writes. */
  happens(): Promise<unknown>
  /** The pod does not survive it. */
  readonly leaves?: boolean
}

/** A subtest: a pod writes, something happens, it goes on writing and ends. Every line is found once, and every node is covered then. */
export const disturbed = (
  context: TestContext,
  lab: NodeLab,
  title: string,
  { pod, node, happens, leaves = false }: Disturbance,
): Promise<void> =>
  context.test(title, async (sub) => {
    const writer = await startWriter(lab, pod, { node })
    await writer.delivers(300)
    if (leaves) await writer.calms()
    await happens()
    if (!leaves) await writer.delivers(600)
    await writer.end()
    sub.diagnostic(`${await writer.everyLineOnce()} lines`)
    await allCovered(lab)
  })
