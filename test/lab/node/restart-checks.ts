import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import { agentOn, type PicketPod, PODS, picketPods, pidOf } from './agents.ts'
import { memoryGroup } from './cgroups.ts'
import { disturbed } from './disturbed.ts'
import type { NodeLab } from './lab.ts'
import { DAEMON_SET, kubectl } from './release.ts'

/**
 * Fills what is left of the container's memory by a process that the kernel spares: it takes the one with the highest
 * oom_score_adj, and the kubelet gave the agent one near 1,000 (kubelet, GetContainerOOMScoreAdjust). `tail` keeps what it reads of a last line.
 */
const outOfMemory = async (pod: PicketPod): Promise<void> => {
  const group = memoryGroup(pod.containerId)
  const script = `echo $$ > ${group}/cgroup.procs && exec tail /dev/zero`
  const eater = spawn('sh', ['-c', script], { stdio: 'ignore' })
  await once(eater, 'exit')
}

/** How its containers end, and what comes after it. */
export const restartChecks = async (context: TestContext, lab: NodeLab): Promise<void> => {
  const [one, two] = lab.nodes

  await disturbed(context, lab, 'kubectl rollout restart: every agent is replaced', {
    pod: 'rollout-restart',
    node: one,
    happens: async () => {
      const before = await picketPods(lab, 'agent')
      await kubectl(lab, 'rollout', 'restart', `daemonset/${DAEMON_SET}`)
      await kubectl(lab, 'rollout', 'status', `daemonset/${DAEMON_SET}`, '--timeout=120s')
      const after = await picketPods(lab, 'agent')
      assert.deepEqual(
        after.filter(({ uid }) => before.some((pod) => pod.uid === uid)),
        [],
      )
    },
  })

  await disturbed(context, lab, 'the agent’s pod is deleted and has its grace', {
    pod: 'deleted-with-grace',
    node: two,
    happens: async () => {
      const before = await agentOn(lab, two.name)
      await lab.cluster.ask('DELETE', `${PODS}/${before.name}`)
      assert.notEqual((await agentOn(lab, two.name, before)).uid, before.uid)
    },
  })

  await disturbed(context, lab, 'the agent is killed for want of memory', {
    pod: 'out-of-memory',
    node: one,
    happens: async () => {
      const before = await agentOn(lab, one.name)
      await outOfMemory(before)
      const after = await agentOn(lab, one.name, before)
      assert.deepEqual([after.uid, after.lastEnd, after.restarts], [before.uid, 'OOMKilled', before.restarts + 1])
    },
  })

  await disturbed(context, lab, 'the agent is killed with SIGKILL', {
    pod: 'killed',
    node: two,
    happens: async () => {
      const before = await agentOn(lab, two.name)
      process.kill(pidOf(before), 'SIGKILL')
      const after = await agentOn(lab, two.name, before)
      assert.deepEqual([after.uid, after.restarts], [before.uid, before.restarts + 1])
    },
  })

  await disturbed(
    context,
    lab,
    'the store hangs, the grace is too short, and the agent’s pod is deleted: it ends in SIGKILL',
    {
      pod: 'grace-too-short',
      node: one,
      happens: async () => {
        const before = await agentOn(lab, one.name)
        lab.server.freeze()
        const files = await readLines(before, 1000)
        await lab.cluster.ask('DELETE', `${PODS}/${before.name}?gracePeriodSeconds=1`)
        await agentOn(lab, one.name, before)
        lab.server.thaw()
        return files
      },
    },
  )
}

/** Waits until the agent has read so many lines more. */
const readLines = async (pod: PicketPod, more: number): Promise<boolean> => {
  const read = async (): Promise<number> => {
    const text = await (await fetch(`http://${pod.address}:9464/metrics`)).text()
    return [...text.matchAll(/^picket_read_lines_total\{[^}]*\} (\d+)/gm)].reduce((sum, [, n]) => sum + Number(n), 0)
  }
  const before = await read()
  return eventually(`${more} more lines are read`, async () => (await read()) >= before + more)
}
