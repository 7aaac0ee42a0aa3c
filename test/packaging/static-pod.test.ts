import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { parse, parseAllDocuments } from 'yaml'
import { loadValue } from '../../agent/config/load.ts'

interface Container extends Record<string, unknown> {
  readonly image: string
  readonly env: readonly unknown[]
}
interface PodSpec extends Record<string, unknown> {
  readonly containers: readonly Container[]
  readonly volumes: readonly { readonly name: string }[]
}

const pod = parse(readFileSync('packaging/static-pod/picket.yaml', 'utf8')) as {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> }
  readonly spec: PodSpec
}
/** As the chart makes them with its defaults. */
const daemonPod = (): PodSpec => {
  const all = parseAllDocuments(readFileSync('test/golden/chart/default.yaml', 'utf8')).map((one) => one.toJS())
  const daemonSet = all.find((object) => object?.kind === 'DaemonSet')
  return daemonSet.spec.template.spec
}
const [agent] = pod.spec.containers as [Container]

test('what a static pod cannot have is not in the manifest', () => {
  const text = readFileSync('packaging/static-pod/picket.yaml', 'utf8').replaceAll(/#.*/g, '')
  // kubernetes.io/docs/tasks/configure-pod-container/static-pod: no other API objects.
  assert.doesNotMatch(text, /configMap|secret|serviceAccountName|persistentVolumeClaim/)
  assert.equal(pod.spec.automountServiceAccountToken, false)
})

test('the static pod’s agent is the chart’s: image, rights, memory, mounts, environment', () => {
  const [chart] = daemonPod().containers as [Container]
  for (const field of ['image', 'args', 'env', 'resources', 'securityContext', 'volumeMounts', 'ports'])
    assert.deepEqual(agent[field], chart[field], field)
  const withoutConfig = ({ volumes }: PodSpec) => volumes.filter(({ name }) => name !== 'config')
  assert.deepEqual(withoutConfig(pod.spec), withoutConfig(daemonPod()))
  assert.equal(pod.spec.terminationGracePeriodSeconds, daemonPod().terminationGracePeriodSeconds)
})

test('its probes are the chart’s, put to the node’s own loopback', () => {
  const [chart] = daemonPod().containers as [Container]
  for (const name of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    const { httpGet, ...rest } = agent[name] as { httpGet: Record<string, unknown> }
    const { httpGet: theirs, ...others } = chart[name] as { httpGet: Record<string, unknown> }
    assert.deepEqual(rest, others, name)
    assert.deepEqual({ ...httpGet, scheme: 'HTTP' }, { ...theirs, host: '127.0.0.1' }, name)
  }
})

test('it runs before there is a pod network, and goes last', () => {
  const { hostNetwork, dnsPolicy, priorityClassName, tolerations } = pod.spec
  assert.deepEqual(
    { hostNetwork, dnsPolicy, priorityClassName, tolerations },
    {
      hostNetwork: true,
      dnsPolicy: 'Default',
      priorityClassName: 'system-node-critical',
      tolerations: [{ operator: 'Exists' }],
    },
  )
})

test('its configuration is valid, and asks no API server', () => {
  const value = parse(readFileSync('packaging/static-pod/config.yaml', 'utf8'))
  value.outputs.search.api_key = 'a key'
  const loaded = loadValue(value)
  if (loaded.kind !== 'loaded') throw new Error(JSON.stringify(loaded.mistakes))
  assert.deepEqual(
    [loaded.effective.server.listen, loaded.effective.server.page, loaded.effective.enrich.kubernetes],
    ['127.0.0.1:9464', 'off', 'off'],
  )
})
