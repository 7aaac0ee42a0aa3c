import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import type { LabPrometheus } from './lab-prometheus.ts'

/** Those that need no patience, and what they are about: the first event of each counter is enough. */
const FIRING = [
  { alertname: 'PicketBytesLost', node: 'node-0', source: 'plain', cause: 'truncated' },
  { alertname: 'PicketDeadLetters', node: 'node-0', output: 'search' },
  { alertname: 'PicketDocumentsDropped', node: 'node-0', output: 'drops', cause: 'total_limit_size' },
  { alertname: 'PicketTakeovers', namespace: 'picket-system', daemonset: 'picket-agent' },
]

/** Those that wait for some minutes before they say anything. */
const PENDING = [
  { alertname: 'PicketDeliveryFailing', node: 'node-0', output: 'away' },
  { alertname: 'PicketDeliveryFailing', node: 'node-0', output: 'drops' },
  { alertname: 'PicketQueueFilling', node: 'node-0', output: 'away' },
  { alertname: 'PicketTargetDown', namespace: 'picket-system' },
]

type Labels = Readonly<Record<string, string | undefined>>

const isAbout = (wanted: Labels, labels: Labels): boolean =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value)

export const alertChecks = async (context: TestContext, prometheus: LabPrometheus): Promise<void> => {
  await context.test('no rule fails where it is evaluated', async () =>
    assert.deepEqual(await prometheus.brokenRules(), []),
  )
  await context.test('real trouble of a real agent and a real control plane raises its alerts', async () => {
    await eventually('the alerts', async () => {
      const alerts = await prometheus.alerts()
      const lacking = (wanted: readonly Labels[], state: string): readonly Labels[] =>
        wanted.filter((one) => !alerts.some((alert) => alert.state === state && isAbout(one, alert.labels)))
      assert.deepEqual([...lacking(FIRING, 'firing'), ...lacking(PENDING, 'pending')], [])
      return true
    })
  })
}
