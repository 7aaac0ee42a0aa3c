import { randomInt } from 'node:crypto'
import type { TestContext } from 'node:test'
import { ensureBuilt, etcd, kubernetes, kwok, missingForBuild } from '../kubernetes/build.ts'
import { startCluster } from '../kubernetes/cluster.ts'
import type { Suite } from '../suite.ts'
import { annotationChecks, startupTaintFlag } from './annotation-checks.ts'
import { cleanupChecks } from './cleanup-checks.ts'
import { faultChecks } from './fault-checks.ts'
import { guardChecks, takeoverFlag } from './guard-checks.ts'
import { guardHistory } from './guard-history.ts'
import { handoverChecks } from './handover-checks.ts'
import { type Lab, running } from './lab.ts'
import { placementChecks } from './placement-checks.ts'
import { createControllerAccount, createControllerNamespace } from './rights.ts'
import { rolloutChecks } from './rollout-checks.ts'
import { steadyCheck } from './steady-checks.ts'
import { builtInAlone, isAnchor, ours, upstreams } from './under-test.ts'

const startLab = async (context: TestContext): Promise<Lab> => {
  const cluster = await startCluster({ audit: true })
  context.after(cluster.dispose)
  await createControllerNamespace(cluster)
  const kubeconfigs = {
    primary: await createControllerAccount(cluster, 'primary'),
    guard: await createControllerAccount(cluster, 'guard'),
  }
  return {
    cluster,
    primary: isAnchor ? upstreams(cluster) : ours(cluster, { kubeconfig: kubeconfigs.primary, mode: 'primary' }),
    guard: ours(cluster, { kubeconfig: kubeconfigs.guard, mode: 'guard' }),
    builtIn: builtInAlone(cluster),
    isAnchor,
  }
}

const run = async (context: TestContext): Promise<void> => {
  const lab = await startLab(context)
  await running(await lab.primary.replica('primary'), async () => {
    await placementChecks(context, lab)
    await rolloutChecks(context, lab)
    if (!isAnchor) await steadyCheck(context, lab, lab.primary, 'primary')
  })
  if (!isAnchor)
    await running(await lab.primary.replica('annotations', { flags: [startupTaintFlag] }), () =>
      annotationChecks(context, lab),
    )
  await faultChecks(context, lab)
  if (isAnchor) return
  await handoverChecks(context, lab)
  await guardChecks(context, lab)
  await running(await lab.builtIn.replica('beside-guard'), async () =>
    running(await lab.guard.replica('guard-steady', { flags: [takeoverFlag] }), () =>
      steadyCheck(context, lab, lab.guard, 'guard'),
    ),
  )
  await cleanupChecks(context, lab)
  await guardHistory(context, lab, process.env.PICKET_LAB_SEED ?? String(randomInt(2 ** 31)))
}

/** The controller against a real control plane, KWOK's nodes and upstream's own DaemonSet controller. */
export const controllerSuite: Suite = {
  name: 'controller',
  missing: () => missingForBuild('Kubernetes, etcd and KWOK'),
  prepare: () => {
    for (const build of [etcd, kubernetes, kwok]) ensureBuilt(build)
  },
  run,
}
