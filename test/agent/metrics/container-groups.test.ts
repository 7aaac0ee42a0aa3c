import assert from 'node:assert/strict'
import test from 'node:test'
import { type ContainerGroup, findContainerGroups } from '../../../agent/metrics/container-groups.ts'

const ID = 'ab'.repeat(32)
const UID = '0a1b2c3d-0000-4000-8000-000000000001'
const HASH = '0123456789abcdef'.repeat(2)

/** Folders by a path to a container. */
const tree =
  (...paths: readonly string[]) =>
  (path: string): string[] => {
    const below = paths.filter((one) => path === '' || one.startsWith(`${path}/`))
    return [...new Set(below.map((one) => one.slice(path === '' ? 0 : path.length + 1).split('/', 1)[0] as string))]
  }

test('containers are found in the layouts of kubelet and the runtimes, and nowhere else', async (t) => {
  const pod = `kubepods-burstable-pod${UID.replaceAll('-', '_')}.slice`
  const found = (path: string, podUid = UID): ContainerGroup[] => [{ path, podUid, containerId: ID }]
  const table: [name: string, path: string, expected: (path: string) => ContainerGroup[]][] = [
    ['systemd, containerd', `kubepods.slice/kubepods-burstable.slice/${pod}/cri-containerd-${ID}.scope`, found],
    ['systemd, CRI-O', `kubepods.slice/kubepods-burstable.slice/${pod}/crio-${ID}.scope`, found],
    ['systemd, docker', `kubepods.slice/kubepods-burstable.slice/${pod}/docker-${ID}.scope`, found],
    ['systemd, guaranteed', `kubepods.slice/kubepods-pod${HASH}.slice/crio-${ID}.scope`, (path) => found(path, HASH)],
    ['cgroupfs', `kubepods/besteffort/pod${UID}/${ID}`, found],
    ['cgroupfs, CRI-O', `kubepods/pod${UID}/crio-${ID}`, found],
    ['cgroupfs below kubelet', `kubelet/kubepods/burstable/pod${UID}/${ID}`, found],
    [
      'systemd below kubelet',
      `kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-${pod}/cri-containerd-${ID}.scope`,
      found,
    ],
    ['a monitor', `kubepods.slice/kubepods-burstable.slice/${pod}/crio-conmon-${ID}.scope`, () => []],
    ['a container of no pod', `system.slice/docker-${ID}.scope`, () => []],
    ['a pod at the root', `pod${UID}/${ID}`, () => []],
    ['a container within a container', `kubepods/pod${UID}/own/${ID}`, () => []],
    ['half an id', `kubepods/pod${UID}/${ID.slice(1)}`, () => []],
    ['no uid', `kubepods/podx/${ID}`, () => []],
    ['folders without end', `${'kubepods/'.repeat(50)}pod${UID}/${ID}`, () => []],
  ]
  for (const [name, path, expected] of table)
    await t.test(name, () => assert.deepEqual(findContainerGroups(tree(path)), expected(path)))
})
