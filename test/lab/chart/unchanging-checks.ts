import assert from 'node:assert/strict'
import fs from 'node:fs'
import type { TestContext } from 'node:test'
import { cases } from './cases.ts'
import { type Helm, type KubeObject, named, objectsOf } from './helm.ts'
import { laterChart } from './later-chart.ts'

/** RFC 1123 labels, as names of Services and label values must be; DaemonSets' become names of pods. */
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** Of an object, what the API server refuses to change. */
const fixedOf = ({ kind, spec, roleRef, value }: KubeObject): unknown => {
  if (kind === 'DaemonSet' || kind === 'Deployment') return spec?.selector
  if (kind === 'Service') return spec?.clusterIP
  return roleRef ?? value
}

const fixed = (rendered: string): Map<string, unknown> =>
  new Map(
    objectsOf(rendered)
      .filter(({ metadata }) => !metadata.annotations?.['helm.sh/hook'])
      .map((object) => [named(object), fixedOf(object)]),
  )

/** Other names are what these values are for. */
const RENAMING = ['elastic-cloud', 'node-network']

export const unchangingChecks = async (context: TestContext, helm: Helm): Promise<void> => {
  const before = fixed(helm.template({}))
  const later = laterChart()
  context.after(() => fs.rmSync(later, { recursive: true }))

  await context.test('another version of the chart has the same names, selectors and references', () => {
    assert.deepEqual(fixed(helm.template({ chart: later })), before)
  })

  for (const { name, values } of cases.filter((one) => !RENAMING.includes(one.name)))
    await context.test(`values ${name} change no selector and no reference, and rename no DaemonSet`, () => {
      const after = fixed(helm.template({ files: [values], chart: later }))
      for (const [object, what] of after) if (before.has(object)) assert.deepEqual(what, before.get(object), object)
      assert.ok(after.has('DaemonSet lab-picket-agent'))
    })

  await context.test('the selector of agents is release, component and class, and nothing else', () => {
    assert.deepEqual(before.get('DaemonSet lab-picket-agent'), {
      matchLabels: {
        'app.kubernetes.io/name': 'picket',
        'app.kubernetes.io/instance': 'lab',
        'app.kubernetes.io/component': 'agent',
        'picket.dev/node-class': 'default',
      },
    })
  })

  await context.test('classes of nodes in another order, and one more, keep every DaemonSet’s name', () => {
    const daemonSets = (...names: readonly string[]): string[] => {
      const set = names.flatMap((name, i) => [
        `nodeClasses[${i}].name=${name}`,
        `nodeClasses[${i}].selector.matchLabels.${name}=x`,
      ])
      return objectsOf(helm.template({ set }))
        .filter(({ kind }) => kind === 'DaemonSet')
        .map(({ metadata }) => metadata.name)
        .sort()
    }
    assert.deepEqual(daemonSets('gpu', 'spot'), ['lab-picket-agent', 'lab-picket-agent-gpu', 'lab-picket-agent-spot'])
    assert.deepEqual(daemonSets('spot', 'gpu'), daemonSets('gpu', 'spot'))
    assert.deepEqual(daemonSets('arm', 'spot', 'gpu').slice(1), [
      'lab-picket-agent-arm',
      'lab-picket-agent-gpu',
      'lab-picket-agent-spot',
    ])
  })

  await context.test('the longest release names and the longest class give valid names that differ', () => {
    const long = `a${'-long-name'.repeat(5)}`.padEnd(52, 'x')
    const releases = ['p', 'picket', `${long}1`, `${long}2`, `${'x'.repeat(26)}-${'y'.repeat(26)}`]
    const set = [`nodeClasses[0].name=${'c'.repeat(20)}`, 'nodeClasses[0].selector.matchLabels.a=b']
    const files = [cases.find(({ name }) => name === 'elasticsearch')?.values ?? '']
    const all = releases.map((release) => objectsOf(helm.template({ release, set, files })))
    for (const { kind, metadata } of all.flat()) {
      if (kind.startsWith('Cluster')) continue
      const name = kind === 'PriorityClass' ? metadata.name.replace(/\..*$/, '') : metadata.name
      assert.match(name, LABEL, `${kind} ${metadata.name}`)
      for (const value of Object.values(metadata.labels ?? {})) assert.match(value, /^[A-Za-z0-9._-]{1,63}$/)
    }
    const daemonSets = all.map((objects) => objects.find(({ kind }) => kind === 'DaemonSet')?.metadata.name)
    assert.equal(new Set(daemonSets).size, releases.length)
    assert.deepEqual(daemonSets.slice(0, 2), ['p-picket-agent', 'picket-agent'])
  })
}
