import { ensureDistribution, findDistribution, missingForDistribution } from '../elasticsearch/distribution.ts'
import { ensureDistributionWithPlugin, missingForPlugin } from '../elasticsearch/lab-plugin.ts'
import { missingForServer } from '../elasticsearch/start.ts'
import { ensureBuilt, etcd, helm, kubernetes, missingForBuild } from '../kubernetes/build.ts'
import { onPath } from '../prometheus/programs.ts'
import type { Suite } from '../suite.ts'
import { auditCheck } from './audit-check.ts'
import { workloadArchive } from './images.ts'
import { installChecks } from './install-checks.ts'
import { ELASTICSEARCH, startNodeLab } from './lab.ts'
import { memoryChecks } from './memory-checks.ts'
import { nodeChecks } from './node-checks.ts'
import { startPrometheus } from './prometheus.ts'
import { reachChecks } from './reach-checks.ts'
import { releaseChecks } from './release-checks.ts'
import { restartChecks } from './restart-checks.ts'
import { roomChecks } from './room-checks.ts'
import { staticPodCheck } from './static-pod-check.ts'
import { uninstallChecks } from './uninstall-checks.ts'

/** Programs, and Debian's packages that bring them. */
const PROGRAMS = {
  containerd: 'containerd',
  runc: 'runc',
  buildah: 'buildah',
  nft: 'nftables',
  iptables: 'iptables',
  conntrack: 'conntrack',
  nsenter: 'util-linux',
  cc: 'gcc',
  openssl: 'openssl',
  prometheus: 'prometheus',
}

const distribution = findDistribution(ELASTICSEARCH.product, ELASTICSEARCH.version)

const missing = (): readonly string[] => [
  ...(process.getuid?.() === 0 ? [] : ['root, who may make networks, mounts and control groups']),
  ...Object.entries(PROGRAMS)
    .filter(([program]) => !onPath(program))
    .map(([program, name]) => `there is no ${program} (Debian: ${name})`),
  ...missingForBuild('Kubernetes, etcd and Helm'),
  ...missingForServer(ELASTICSEARCH.product, ELASTICSEARCH.version),
  ...missingForDistribution(distribution),
  ...missingForPlugin(distribution),
]

const prepare = (): void => {
  for (const build of [etcd, helm, kubernetes]) ensureBuilt(build)
  ensureDistribution(distribution)
  ensureDistributionWithPlugin(distribution)
  workloadArchive()
}

export const nodeSuite: Suite = {
  name: 'node',
  missing,
  prepare,
  run: async (context) => {
    const lab = await startNodeLab(context)
    await installChecks(context, lab, await startPrometheus(context, lab))
    await restartChecks(context, lab)
    await nodeChecks(context, lab)
    await releaseChecks(context, lab)
    await reachChecks(context, lab)
    await roomChecks(context, lab)
    await auditCheck(context, lab)
    await uninstallChecks(context, lab)
    await staticPodCheck(context, lab)
    await memoryChecks(context, lab)
  },
}

/** By itself, for at full length it takes long; the suite `node` has it in short. */
export const nodeMemorySuite: Suite = {
  name: 'memory-limit',
  missing,
  prepare,
  run: async (context) => memoryChecks(context, await startNodeLab(context)),
}
