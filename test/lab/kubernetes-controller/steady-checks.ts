import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import { requestsSince } from './audit-checks.ts'
import { type Lab, sceneTest } from './lab.ts'
import type { UnderTest } from './under-test.ts'

const RENEWALS = 5

/** With a DaemonSet that is covered, while the leader renews its Lease five times. For a controller that runs. */
export const steadyCheck = (context: TestContext, lab: Lab, underTest: UnderTest, name: string): Promise<void> =>
  sceneTest(
    context,
    lab,
    { name: `steady-${name}`, nodes: 4 },
    `${name}: where nothing changes it writes nothing but its Lease, and lists nothing`,
    async (scene) => {
      const { cluster } = lab
      await scene.create()
      await scene.covers(scene.nodes)
      // The deeds of the last change are done when a whole renewal has passed without any.
      let from = cluster.audited().length
      await eventually('a quiet turn', () => {
        const requests = requestsSince(cluster, from, underTest.user)
        if (requests.some((one) => !ofLease(one))) from = cluster.audited().length
        return requests.filter(ofLease).length >= 2 && requests.every(ofLease)
      })
      from = cluster.audited().length
      await eventually(
        `${RENEWALS} renewals`,
        () => requestsSince(cluster, from, underTest.user).filter((one) => one === 'update leases').length >= RENEWALS,
        60_000,
      )
      const others = requestsSince(cluster, from, underTest.user).filter((one) => !ofLease(one))
      assert.deepEqual(
        others.filter((one) => !one.startsWith('watch ')),
        [],
      )
    },
  )

const ofLease = (request: string): boolean => / leases$/.test(request) || request.startsWith('watch ')
