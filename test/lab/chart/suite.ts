import type { TestContext } from 'node:test'
import { ensureBuilt, etcd, helm as helmBuild, kubernetes, missingForBuild } from '../kubernetes/build.ts'
import { startApiServer } from '../kubernetes/cluster.ts'
import type { Suite } from '../suite.ts'
import { apiServerChecks } from './api-server-checks.ts'
import { classChecks } from './class-checks.ts'
import { goldenChecks } from './golden-checks.ts'
import { createHelm } from './helm.ts'
import { refusalChecks } from './refusal-checks.ts'
import { releaseChecks } from './release-checks.ts'
import { unchangingChecks } from './unchanging-checks.ts'

const run = async (context: TestContext): Promise<void> => {
  const helm = createHelm()
  context.after(helm.dispose)
  await goldenChecks(context, helm)
  await refusalChecks(context, helm)
  await unchangingChecks(context, helm)
  await classChecks(context, helm)
  // Nobody makes service accounts here.
  const cluster = await startApiServer({ disabledAdmission: ['ServiceAccount'] })
  context.after(cluster.dispose)
  await apiServerChecks(context, helm, cluster)
  await releaseChecks(context, helm, cluster)
}

/** The chart, rendered by a real helm and taken by a real API server. */
export const chartSuite: Suite = {
  name: 'chart',
  missing: () => missingForBuild('helm, etcd and kube-apiserver'),
  prepare: () => {
    for (const build of [helmBuild, etcd, kubernetes]) ensureBuilt(build)
  },
  run,
}
