import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import type { RunningServer } from '../elasticsearch/start.ts'
import { auditChecks, queuedIsNoGap } from './audit-checks.ts'
import {
  allFound,
  containerStream,
  discoverQueries,
  streamsAreApart,
  wholeDocuments,
  writeFirstRecord,
} from './found-checks.ts'
import type { LabAgent } from './lab-agent.ts'
import type { Workload } from './workload.ts'

/** Longer than the longest wait between two tries. */
const patienceMs = 150_000

const isHeld = (agent: LabAgent): Promise<boolean> =>
  eventually('the output is held', async () => (await agent.metric('picket_output_held')) === 1, patienceMs)

const isReleased = (agent: LabAgent): Promise<boolean> =>
  eventually('the output takes documents', async () => (await agent.metric('picket_output_held')) === 0, patienceMs)

const delivered = async (agent: LabAgent, more: number): Promise<unknown> => {
  const before = await agent.metric('picket_delivered_documents_total')
  const enough = async (): Promise<boolean> => (await agent.metric('picket_delivered_documents_total')) >= before + more
  return eventually(`${more} more documents`, enough, patienceMs)
}

/** While the store is away: reading goes on, and the agent says what is wrong without being unready. */
const readsOn = async (agent: LabAgent): Promise<void> => {
  const before = await agent.metric('picket_read_lines_total')
  const readMore = async (): Promise<boolean> => (await agent.metric('picket_read_lines_total')) > before + 300
  await eventually('300 more lines are read', readMore, patienceMs)
  const { status, body } = await agent.readyz()
  const { held_outputs: held, ...rest } = body as { held_outputs: readonly { output: string; reason: string }[] }
  assert.deepEqual([status, rest, held.map(({ output }) => output)], [200, { ready: true, waiting: {} }, ['search']])
}

const words = (agent: LabAgent, kind: string, field: string): readonly string[] =>
  agent
    .log()
    .filter((line) => line.kind === kind)
    .map((line) => String(line[field]))

/** Every line of the workload from the files to the search, with all that goes wrong on the way. */
export const wholeWayChecks = async (
  context: TestContext,
  { server, agent, workload, folder }: { server: RunningServer; agent: LabAgent; workload: Workload; folder: string },
): Promise<void> => {
  const first = writeFirstRecord(workload)
  workload.round()
  await agent.start()
  workload.begin()

  await context.test('the first documents come, and the template that they need', async () => {
    await delivered(agent, 100)
    assert.deepEqual(words(agent, 'index_template', 'message'), [
      `index template: installed picket-logs for ${containerStream}`,
    ])
    const known = await server.ask<{ index_templates: readonly { name: string }[] }>('GET', '/_index_template/picket-*')
    assert.deepEqual(
      known.index_templates.map(({ name }) => name),
      ['picket-logs'],
    )
  })

  // Before anything is killed: what is sent again after a kill, across a rollover, is doubled (docs/guarantees.md, delivery-checks.ts).
  await context.test('the data stream rolls over while documents come', async () => {
    await server.ask('POST', `/${containerStream}/_rollover`)
    await delivered(agent, 300)
    await server.ask('POST', `/${containerStream}/_rollover`)
    await delivered(agent, 300)
  })

  await context.test(
    'the server is stopped and started: the agent reads on, says why it waits, and goes on',
    async () => {
      await server.stop()
      await isHeld(agent)
      await readsOn(agent)
      await server.start()
      await isReleased(agent)
      await delivered(agent, 300)
    },
  )

  await context.test('the server is killed, and then the agent too; both come back, the agent first', async () => {
    await server.kill()
    workload.addPod('late-0', 'main')
    await isHeld(agent)
    await agent.kill()
    await agent.start()
    await isHeld(agent)
    await readsOn(agent)
    await server.start()
    await isReleased(agent)
    await delivered(agent, 300)
  })

  await context.test('the agent is killed and started while the server takes documents', async () => {
    await agent.kill()
    await agent.start()
    await delivered(agent, 300)
  })

  await context.test('the agent is stopped and started', async () => {
    assert.equal(await agent.stop(), 0)
    await agent.start()
    await delivered(agent, 300)
  })

  await context.test('an index that is full holds until the block is lifted', async () => {
    const block = (value: boolean | null) =>
      server.ask('PUT', `/${containerStream}/_settings`, { 'index.blocks.read_only_allow_delete': value })
    await block(true)
    await isHeld(agent)
    await readsOn(agent)
    assert.match(words(agent, 'output_held', 'reason').at(-1) ?? '', /cluster_block_exception.*disk is nearly full/)
    await queuedIsNoGap(folder)
    await block(null)
    await isReleased(agent)
    await delivered(agent, 300)
  })

  let found: Awaited<ReturnType<typeof allFound>> = []
  await context.test('every line is found once, in its data stream, with its fields', async () => {
    workload.end()
    found = await allFound(server, workload)
    wholeDocuments(folder, first, found)
    await streamsAreApart(server, found)
    context.diagnostic(
      `${found.length} documents, ${await agent.metric('picket_duplicate_documents_total')} sent again`,
    )
  })

  await context.test('Discover finds what people ask for', () => discoverQueries(server, workload))

  await context.test('the audit finds every byte once, and then the one document that was taken out', async () =>
    context.diagnostic(await auditChecks(server, folder, found)),
  )

  await context.test('nothing was lost, dropped or refused, and the agent was ready all the time', async () => {
    const bad = [
      'bytes_lost',
      'dropped',
      'dead_lettered',
      'state_damaged',
      'spill_failed',
      'checkpoint_failed',
      'file_refused',
    ]
    assert.deepEqual(
      agent.log().filter(({ kind }) => bad.includes(kind)),
      [],
    )
    assert.deepEqual(agent.unready, [])
    assert.equal(await agent.stop(), 0)
  })
}

/** The same in short: what is there, a restart of server and agent, what comes meanwhile. */
export const shortWayChecks = async (
  context: TestContext,
  { server, agent, workload, folder }: { server: RunningServer; agent: LabAgent; workload: Workload; folder: string },
): Promise<void> => {
  const first = writeFirstRecord(workload)
  for (let n = 0; n < 100; n += 1) workload.round()
  await agent.start()
  workload.begin()
  await context.test('server and agent are killed and come back', async () => {
    await delivered(agent, 300)
    await server.kill()
    await isHeld(agent)
    await agent.kill()
    await server.start()
    await agent.start()
    await delivered(agent, 300)
  })
  await context.test('every line is found once, in its data stream, with its fields', async () => {
    workload.end()
    const found = await allFound(server, workload)
    wholeDocuments(folder, first, found)
    await streamsAreApart(server, found)
    await discoverQueries(server, workload)
    context.diagnostic(await auditChecks(server, folder, found))
    assert.deepEqual(agent.unready, [])
    assert.equal(await agent.stop(), 0)
  })
}
