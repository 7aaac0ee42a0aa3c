import assert from 'node:assert/strict'
import fs from 'node:fs'
import type { TestContext } from 'node:test'
import { ensureBuilt, etcd, kubernetes, kwok, missingForBuild, upstreamTests } from '../kubernetes/build.ts'
import { type Cluster, startCluster } from '../kubernetes/cluster.ts'
import { createNode } from '../kubernetes/nodes.ts'
import type { Suite } from '../suite.ts'
import { createControllerAccount, createControllerNamespace } from './rights.ts'
import { isAnchor, ours, type UnderTest, upstreams } from './under-test.ts'
import { runUpstreamTests, type Verdicts } from './upstream-tests.ts'

/** The surge test reckons with at most five, the rollback test with two at least. */
const NODES = ['node-1', 'node-2', 'node-3']
const RUNS = 3

const daemonSet = (title: string): string => `[It] [sig-apps] Daemon set [Serial] ${title}`

/** All that v1.34.4 has, so that one which is renamed or left out is missed. */
const ALL_PASSED: Verdicts = Object.fromEntries(
  [
    daemonSet('should run and stop simple daemon [Conformance]'),
    daemonSet('should run and stop complex daemon [Conformance]'),
    daemonSet('should run and stop complex daemon with node affinity'),
    daemonSet('should retry creating failed daemon pods [Conformance]'),
    daemonSet('should not update pod when spec was updated and update strategy is OnDelete'),
    daemonSet('should update pod when spec was updated and update strategy is RollingUpdate [Conformance]'),
    daemonSet('should rollback without unnecessary restarts [Conformance]'),
    daemonSet('should surge pods onto nodes when spec was updated and update strategy is RollingUpdate'),
    daemonSet('should list and delete a collection of DaemonSets [Conformance]'),
    daemonSet('should verify changes to a daemon set status [Conformance]'),
    '[It] [sig-apps] ControllerRevision [Serial] should manage the lifecycle of a ControllerRevision [Conformance]',
  ].map((title) => [title, 'passed']),
)

/** What somebody needs who was not there. */
const tellFailure = (context: TestContext, log: string, controllerOutput: string): void => {
  for (const line of fs
    .readFileSync(log, 'utf8')
    .split('\n')
    .filter((one) => /\[(FAILED|TIMEDOUT|PANICKED)\]/.test(one)))
    context.diagnostic(line.trim())
  context.diagnostic(`the controller’s last words: ${controllerOutput.slice(-4000)}`)
}

const startUnderTest = async (cluster: Cluster): Promise<UnderTest> => {
  if (isAnchor) return upstreams(cluster)
  await createControllerNamespace(cluster)
  return ours(cluster, { kubeconfig: await createControllerAccount(cluster, 'primary'), mode: 'primary' })
}

const run = async (context: TestContext): Promise<void> => {
  const cluster = await startCluster()
  context.after(cluster.dispose)
  await Promise.all(NODES.map((name) => createNode(cluster, name)))
  const underTest = await startUnderTest(cluster)
  const controller = await underTest.replica('controller')
  context.after(() => controller.stop())
  await controller.start()
  for (let turn = 1; turn <= RUNS; turn += 1)
    await context.test(
      `${underTest.name} passes upstream’s end-to-end tests, run ${turn} of ${RUNS}`,
      async (subtest) => {
        const { verdicts, log } = await runUpstreamTests(cluster, `upstream-${turn}`)
        const sorted = (all: Verdicts): Verdicts => Object.fromEntries(Object.entries(all).sort())
        if (Object.values(verdicts).some((one) => one !== 'passed')) tellFailure(subtest, log, controller.output())
        assert.deepEqual(sorted(verdicts), sorted(ALL_PASSED))
        assert.ok(controller.running, `it ended with ${controller.ended}`)
      },
    )
}

/** `[sig-apps] Daemon set` and `ControllerRevision` of the Kubernetes release that the lab builds, three times in a row. */
export const upstreamSuite: Suite = {
  name: 'upstream-e2e',
  missing: () => missingForBuild('Kubernetes, its tests, etcd and KWOK'),
  prepare: () => {
    for (const build of [etcd, kubernetes, kwok, upstreamTests]) ensureBuilt(build)
  },
  run,
}
