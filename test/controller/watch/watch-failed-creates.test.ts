import assert from 'node:assert/strict'
import test from 'node:test'
import { watchFailedCreates } from '../../../controller/watch/watch-failed-creates.ts'
import { realClock } from '../../../lib/io/clock.ts'
import { createKubeClient } from '../../../lib/kube/kube-client.ts'
import { startFakeApiServer } from '../../lib/kube/fake-api-server.ts'
import { eventually } from '../../support/eventually.ts'

const WALL_MS = Date.parse('2026-05-01T12:00:00Z')

const refusal = (uid: string, lastTimestamp: string) => ({
  metadata: { resourceVersion: '7' },
  involvedObject: { kind: 'DaemonSet', uid },
  reason: 'FailedCreate',
  lastTimestamp,
  source: { component: 'daemonset-controller' },
})

test('how long ago the built-in controller’s creations were refused: by age at the start, by hearing it afterwards', async (t) => {
  const server = await startFakeApiServer()
  const stop = new AbortController()
  t.after(async () => {
    stop.abort()
    await server.close()
  })
  const access = {
    server: server.url,
    tokenFile: undefined,
    caFile: undefined,
    certFile: undefined,
    keyFile: undefined,
  }
  const refusals = watchFailedCreates(
    {
      client: createKubeClient(access),
      clock: { ...realClock, now: () => WALL_MS, monotonic: () => 50_000 },
      random: () => 0,
      namespace: undefined,
      established: () => {},
      failed: (error) => assert.fail(error),
    },
    stop.signal,
  )
  const list = await server.next()
  assert.deepEqual(
    [list.path, list.query.fieldSelector],
    ['/api/v1/events', 'involvedObject.kind=DaemonSet,reason=FailedCreate,source=daemonset-controller'],
  )
  list.json({ metadata: { resourceVersion: '7' }, items: [refusal('old', '2026-05-01T11:59:20Z')] })
  const watch = await server.next()
  assert.deepEqual([refusals.lastMs('old'), refusals.lastMs('new')], [10_000, undefined])
  // Its clock is not ours.
  watch.event('ADDED', refusal('new', '2026-05-01T15:00:00Z'))
  watch.event('MODIFIED', refusal('old', '2026-05-01T12:00:01Z'))
  await eventually('both are heard', () => refusals.lastMs('old') === 50_000 && refusals.lastMs('new') === 50_000)
})
