import type { TestContext } from 'node:test'
import type { Cluster } from '../kubernetes/cluster.ts'
import type { Component } from '../kubernetes/component.ts'
import { createScene, type Scene } from './scene.ts'
import type { UnderTest } from './under-test.ts'

/** What every group of checks of the suite `controller` gets: one cluster, in which nobody is the DaemonSet controller yet. */
export interface Lab {
  readonly cluster: Cluster
  readonly primary: UnderTest
  readonly guard: UnderTest
  readonly builtIn: UnderTest
  /** The anchor's run: `primary` is upstream's controller; what only ours can do is left out. */
  readonly isAnchor: boolean
}

/** Starts a replica for as long as `body` runs. */
export const running = async <T>(component: Component, body: () => Promise<T>): Promise<T> => {
  await component.start()
  try {
    return await body()
  } finally {
    // Politely: the lease is released, and the next one need not wait for it to expire.
    await component.stop('SIGTERM')
  }
}

/** A subtest with a scene of its own; what the controllers said goes with its failure. */
export const sceneTest = (
  context: TestContext,
  { cluster }: Lab,
  scene: { readonly name: string; readonly nodes: number },
  title: string,
  body: (scene: Scene) => Promise<void>,
): Promise<void> =>
  context.test(title, async () => {
    const made = await createScene(cluster, scene.name, scene.nodes)
    try {
      await body(made)
    } finally {
      await made.end()
    }
  })
