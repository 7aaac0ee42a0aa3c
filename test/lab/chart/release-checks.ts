import assert from 'node:assert/strict'
import fs from 'node:fs'
import type { TestContext } from 'node:test'
import type { Cluster } from '../kubernetes/cluster.ts'
import { tokens } from '../kubernetes/credentials.ts'
import { CHART, type Helm, type KubeObject } from './helm.ts'
import { laterChart } from './later-chart.ts'

const DAEMON_SETS = '/apis/apps/v1/namespaces/picket/daemonsets'

interface Listed {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly uid: string } }[]
}

const classOf = (i: number, name: string): string[] => [
  '--set',
  `nodeClasses[${i}].name=${name},nodeClasses[${i}].selector.matchLabels.${name}=x`,
]

/** Where anything of a release may be. */
const COLLECTIONS = [
  DAEMON_SETS,
  '/apis/apps/v1/namespaces/picket/deployments',
  '/apis/batch/v1/namespaces/picket/jobs',
  ...['configmaps', 'services', 'serviceaccounts', 'pods', 'secrets'].map((one) => `/api/v1/namespaces/picket/${one}`),
  '/apis/policy/v1/namespaces/picket/poddisruptionbudgets',
  ...['roles', 'rolebindings'].map((one) => `/apis/rbac.authorization.k8s.io/v1/namespaces/picket/${one}`),
  ...['clusterroles', 'clusterrolebindings'].map((one) => `/apis/rbac.authorization.k8s.io/v1/${one}`),
  '/apis/scheduling.k8s.io/v1/priorityclasses',
]

/** A real release on an API server without nodes: what helm itself does to the objects. */
export const releaseChecks = async (context: TestContext, helm: Helm, cluster: Cluster): Promise<void> => {
  const kubeconfig = cluster.kubeconfig('helm', tokens.admin)
  const where = ['--kubeconfig', kubeconfig, '--namespace', 'picket']
  const upgrade = (...more: readonly string[]) => helm.run('upgrade', 'lab', CHART, ...where, ...more)
  const uids = async (): Promise<Map<string, string>> => {
    const { items } = await cluster.ask<Listed>('GET', DAEMON_SETS)
    return new Map(items.map(({ metadata }) => [metadata.name, metadata.uid]))
  }

  await context.test('helm install, and notes that say what is missing', () => {
    const { code, out, error } = helm.run('install', 'lab', CHART, ...where, ...classOf(0, 'gpu'))
    assert.equal(code, 0, error)
    assert.match(out, /coverage lab-picket-agent -n picket/)
    assert.match(out, /The namespace picket names no Pod Security level/)
    assert.match(out, /port-forward ds\/lab-picket-agent 9465 /)
  })

  await context.test('the notes lead to no page that is off', () => {
    const { out, error } = upgrade(...classOf(0, 'gpu'), '--dry-run=client', '--set', 'agent.hostNetwork=true')
    assert.match(
      out,
      /the node page is off: set\n {2}agent.page.listen and, with hostNetwork, agent.tokenSecret/,
      error,
    )
    assert.doesNotMatch(out, /port-forward/)
  })

  await context.test('the notes of a namespace that refuses agents say how to let them in', async () => {
    const label = (level: string | null) =>
      cluster.merge('/api/v1/namespaces/picket', {
        metadata: { labels: { 'pod-security.kubernetes.io/enforce': level } },
      })
    await label('baseline')
    assert.match(
      upgrade(...classOf(0, 'gpu')).out,
      /enforces the Pod Security level "baseline"[\s\S]*kubectl label namespace picket --overwrite/,
    )
    await label('privileged')
    assert.doesNotMatch(upgrade(...classOf(0, 'gpu')).out, /Pod Security/)
  })

  await context.test(
    'an upgrade to a later version with other values, more classes and another order deletes no DaemonSet',
    async () => {
      const before = await uids()
      assert.deepEqual([...before.keys()], ['lab-picket-agent', 'lab-picket-agent-gpu'])
      const more = ['--set', 'agent.rollout.kind=picket,agent.hostNetwork=true,controller.startupTaint.enabled=true']
      const later = laterChart()
      const { code, error } = helm.run(
        'upgrade',
        'lab',
        later,
        ...where,
        ...classOf(0, 'spot'),
        ...classOf(1, 'gpu'),
        ...more,
      )
      fs.rmSync(later, { recursive: true })
      assert.equal(code, 0, error)
      const after = await uids()
      assert.deepEqual([...after.keys()], ['lab-picket-agent', 'lab-picket-agent-gpu', 'lab-picket-agent-spot'])
      for (const [name, uid] of before) assert.equal(after.get(name), uid, name)
    },
  )

  await context.test('a class that has agents is not dropped; one that was retired and is empty may be', async () => {
    const status = (pods: number) =>
      cluster.merge(`${DAEMON_SETS}/lab-picket-agent-gpu/status`, { status: { currentNumberScheduled: pods } })
    await status(3)
    const refused = upgrade(...classOf(0, 'spot'))
    assert.equal(refused.code, 1)
    assert.match(refused.error, /nodeClasses lacks gpu, whose DaemonSet lab-picket-agent-gpu has agents/)
    const before = await uids()
    const retired = upgrade(...classOf(0, 'spot'), ...classOf(1, 'gpu'), '--set', 'nodeClasses[1].retired=true')
    assert.equal(retired.code, 0, retired.error)
    assert.deepEqual(await uids(), before)
    await status(0)
    assert.equal(upgrade(...classOf(0, 'spot')).code, 0)
    assert.deepEqual([...(await uids()).keys()], ['lab-picket-agent', 'lab-picket-agent-spot'])
  })

  await context.test(
    'a template that a rollback has changed is a conflict, and --force-conflicts settles it',
    async () => {
      const path = `${DAEMON_SETS}/lab-picket-agent`
      const image = 'ghcr.io/picket/agent:0.0.9'
      const containers = [{ name: 'agent', image }]
      // As the controller does: an update of a field that helm has applied.
      await cluster.ask(
        'PATCH',
        `${path}?fieldManager=picket-controller`,
        { spec: { template: { spec: { containers } } } },
        'application/strategic-merge-patch+json',
      )
      const refused = upgrade(...classOf(0, 'spot'))
      assert.equal(refused.code, 1)
      assert.match(refused.error, /conflict with "picket-controller"/)
      const forced = upgrade(...classOf(0, 'spot'), '--force-conflicts')
      assert.equal(forced.code, 0, forced.error)
      const { spec } = await cluster.ask<KubeObject>('GET', path)
      assert.notEqual(spec?.template?.spec.containers[0]?.image, image)
    },
  )

  await context.test('helm uninstall leaves no object of the release', async () => {
    const { code, error } = helm.run('uninstall', 'lab', ...where, '--no-hooks')
    assert.equal(code, 0, error)
    const left: string[] = []
    for (const path of COLLECTIONS) {
      const { items } = await cluster.ask<Listed>('GET', `${path}?labelSelector=app.kubernetes.io/instance=lab`)
      left.push(...items.map(({ metadata }) => `${path}/${metadata.name}`))
    }
    assert.deepEqual(left, [])
  })
}
