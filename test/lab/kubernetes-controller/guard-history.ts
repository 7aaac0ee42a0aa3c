import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../../chaos/random.ts'
import { eventually } from '../../support/eventually.ts'
import type { Component } from '../kubernetes/component.ts'
import { type PodWrite, podsCreated, podsDeleted } from './audit-checks.ts'
import { withImage } from './daemon-set.ts'
import { TAKEOVER_AFTER_MS, takeoverFlag } from './guard-checks.ts'
import { type Lab, running, sceneTest } from './lab.ts'
import type { Scene } from './scene.ts'

const STEPS = 40
const STANDSTILL_EVERY = 8

/** A life in which the built-in controller is slow, stops and comes back, while nodes, pods and the template change. */
const createWorld = (lab: Lab, scene: Scene, builtIn: Component, seed: string) => {
  const random = createRandom(seed)
  const { cluster } = lab
  const eligible = new Set(scene.nodes)
  let image = 1

  const anyPod = async (act: (path: string) => Promise<unknown>): Promise<void> => {
    const pods = await scene.live()
    if (pods.length > 0) await act(`${scene.pods}/${random.pick(pods).name}`).catch(() => undefined)
  }
  const steps: Readonly<Record<string, () => Promise<void>>> = {
    'a node comes': async () => void eligible.add(await scene.addNode()),
    'a node goes': async () => {
      if (scene.nodes.length < 3) return
      const node = random.pick(scene.nodes)
      await scene.removeNode(node)
      eligible.delete(node)
    },
    'a node is relabelled': async () => {
      const node = random.pick(scene.nodes)
      const away = eligible.has(node)
      await scene.patchNode(node, { metadata: { labels: { 'lab/scene': away ? 'elsewhere' : 'history' } } })
      if (away) eligible.delete(node)
      else eligible.add(node)
    },
    'a pod is deleted': () => anyPod((path) => cluster.ask('DELETE', path)),
    'a pod fails': () => anyPod((path) => cluster.merge(`${path}/status`, { status: { phase: 'Failed' } })),
    'the template changes': async () => {
      image += 1
      await scene.patch(withImage(`agent:${image}`))
    },
  }
  return {
    step: async (): Promise<string> => {
      const name = random.pick(Object.keys(steps))
      await steps[name]?.()
      await sleep(random.spread(1, TAKEOVER_AFTER_MS / 2))
      return name
    },
    /** The built-in controller stands still for about as long as the guard waits: sometimes both come to a node at once. */
    standstill: async (): Promise<string> => {
      builtIn.signal('SIGSTOP')
      await steps['a node comes']?.()
      await anyPod((path) => cluster.ask('DELETE', path))
      await sleep(TAKEOVER_AFTER_MS * (0.9 + random.next() * 0.4))
      builtIn.signal('SIGCONT')
      return 'the built-in controller stands still'
    },
    eligible: (): string[] => [...eligible].sort(),
  }
}

/** Nodes whose DaemonSet pod the guard created while another one that it could see was alive there. */
const doubled = (created: readonly PodWrite[], deleted: readonly PodWrite[], user: string): string[] => {
  const endedMs = new Map(deleted.map(({ pod, atMs }) => [pod.uid, atMs]))
  // A watch may lag by so much: what was created just before may not have been seen.
  const LAG_MS = 1000
  return created
    .filter((one) => one.user === user)
    .filter((one) =>
      created.some(
        (other) =>
          other !== one &&
          other.pod.node === one.pod.node &&
          other.atMs < one.atMs - LAG_MS &&
          (endedMs.get(other.pod.uid) ?? Number.POSITIVE_INFINITY) > one.atMs,
      ),
    )
    .map(({ pod }) => `${pod.node} at ${new Date(pod.createdMs).toISOString()}`)
}

/** Guard and the real built-in controller together. */
export const guardHistory = (context: TestContext, lab: Lab, seed: string): Promise<void> =>
  sceneTest(
    context,
    lab,
    { name: 'history', nodes: 4 },
    `guard and the built-in controller in a random life (seed ${seed}): no pod is created where one is, and none is deleted that the built-in one wants`,
    async (scene) => {
      const { cluster, guard } = lab
      const builtIn = await lab.builtIn.replica('history-built-in')
      await running(await guard.replica('guard-history', { flags: [takeoverFlag] }), () =>
        running(builtIn, async () => {
          await scene.create()
          await scene.covers(scene.nodes)
          const world = createWorld(lab, scene, builtIn, seed)
          const told: string[] = []
          for (let turn = 0; turn < STEPS; turn += 1)
            told.push(await (turn % STANDSTILL_EVERY === 0 ? world.standstill() : world.step()))
          try {
            await scene.covers(world.eligible(), 180_000)
            const created = podsCreated(cluster, scene.namespace)
            const deleted = podsDeleted(cluster, scene.namespace)
            assert.deepEqual(doubled(created, deleted, guard.user), [])
            await eventually('nothing left over', async () => (await scene.all()).length === world.eligible().length)
            const healthy = deleted.filter(
              ({ user, pod }) => user === guard.user && pod.phase !== 'Failed' && !pod.deleted,
            )
            assert.deepEqual(healthy, [])
            context.diagnostic(
              `${created.filter(({ user }) => user === guard.user).length} of ${created.length} pods were created by the guard`,
            )
          } catch (error) {
            context.diagnostic(told.join(', '))
            throw error
          }
        }),
      )
    },
  )
