import { ALLOCATOR, CONTROLLER_FLAGS } from '../../../bin/node-settings.mjs'
import { startApiServer } from '../../lab/kubernetes/cluster.ts'
import type { Component } from '../../lab/kubernetes/component.ts'
import { createControllerAccount, createControllerNamespace } from '../../lab/kubernetes-controller/rights.ts'
import { builtInAlone, ours, type UnderTest } from '../../lab/kubernetes-controller/under-test.ts'
import { buildController } from '../prepare.ts'
import { atMost, plain, type Row } from '../table.ts'
import { fill, type LaunchResult, launch, type MemoryResult, memory } from './measure.ts'
import { clear, createForeignPods, createNamespace, createNodes, FOREIGN, NAMESPACE } from './population.ts'

/** Those with which upstream's own scale tests run it (kwok's documentation); its defaults would bind both. */
const LIMITS = { qps: 1000, burst: 2000 }

interface Size {
  readonly nodes: number
  readonly foreignPods: number
}

interface Figures {
  readonly launch: LaunchResult[]
  memory: MemoryResult | undefined
}

const text = ({ launch: rounds, memory: held }: Figures): string =>
  [
    ...rounds.map(
      ({ seconds, cpuSeconds, peakResidentMb }) =>
        `${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} CPU s, peak ${peakResidentMb.toFixed(0)} MB)`,
    ),
    held === undefined
      ? ''
      : `then ${held.residentMb.toFixed(0)} MB resident, ${held.anonymousMb.toFixed(0)} anonymous, peak ${held.peakResidentMb.toFixed(0)}`,
  ].join(', ')

const fastest = ({ launch: rounds }: Figures): number => Math.min(...rounds.map(({ seconds }) => seconds))

const judge = (size: Size, our: Figures, their: Figures): Row[] => [
  plain('controller: kube-controller-manager, DaemonSets alone', text(their)),
  plain('controller: picket-controller', text(our)),
  atMost(
    `controller: one DaemonSet to ${size.nodes} pods, times kube-controller-manager`,
    fastest(our) / fastest(their),
    1,
    '×',
    2,
  ),
  atMost(
    `controller: resident at ${size.nodes} nodes and ${size.foreignPods} foreign pods, times kube-controller-manager`,
    (our.memory?.residentMb ?? Number.NaN) / (their.memory?.residentMb ?? Number.NaN),
    1.5,
    '×',
    2,
  ),
]

/** As bin/picket-controller.mjs starts it where there is no clone. */
const bundled = (): string[] => {
  const allocator = Object.entries(ALLOCATOR).map(([name, value]) => `${name}=${value}`)
  return ['env', ...allocator, process.execPath, ...CONTROLLER_FLAGS, buildController()]
}

/** Both against one API server with the same limits, in turns. Without scheduler and kubelets: what is measured is who creates. */
export const controllerScenario = async ({
  rounds,
  quick,
}: {
  readonly rounds: number
  readonly quick: boolean
}): Promise<{ results: unknown; rows: readonly Row[] }> => {
  const size: Size = quick ? { nodes: 200, foreignPods: 800 } : { nodes: 5000, foreignPods: 20_000 }
  const cluster = await startApiServer({
    limits: LIMITS,
    disabledAdmission: ['ServiceAccount', 'TaintNodesByCondition'],
  })
  try {
    for (const namespace of [NAMESPACE, FOREIGN]) await createNamespace(cluster, namespace)
    await createControllerNamespace(cluster)
    const kubeconfig = await createControllerAccount(cluster, 'primary')
    const flags = [`--kube-api-qps=${LIMITS.qps}`, `--kube-api-burst=${LIMITS.burst}`]
    const pair: readonly UnderTest[] = [
      builtInAlone(cluster),
      ours(cluster, { kubeconfig, mode: 'primary', program: bundled() }),
    ]
    const figures = new Map<UnderTest, Figures>(pair.map((one) => [one, { launch: [], memory: undefined }]))
    const start = (one: UnderTest, name: string): Promise<Component> => one.replica(name, { flags })

    console.log(`  ${size.nodes} nodes`)
    await createNodes(cluster, size.nodes)
    for (let round = 0; round < rounds; round += 1)
      for (const one of pair) {
        console.log(`  ${one.name}, round ${round + 1} of ${rounds}`)
        figures.get(one)?.launch.push(await launch(cluster, await start(one, `launch-${round}`), size.nodes))
      }
    console.log(`  ${size.foreignPods} foreign pods`)
    await createForeignPods(cluster, size.foreignPods, size.nodes)
    // Neither is measured while it creates them.
    await fill(cluster, await start(builtInAlone(cluster), 'fill'), size.nodes)
    for (const one of pair) {
      console.log(`  ${one.name}, memory`)
      const held = figures.get(one)
      if (held) held.memory = await memory(cluster, await start(one, 'memory'), size.nodes)
    }
    await clear(cluster)
    const [their, our] = pair.map((one) => figures.get(one)) as [Figures, Figures]
    return { results: { size, 'kube-controller-manager': their, picket: our }, rows: judge(size, our, their) }
  } finally {
    await cluster.dispose()
  }
}
