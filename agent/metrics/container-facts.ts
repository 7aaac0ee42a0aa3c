/** Whose a container is. A pod's sandbox is nobody's by name: `container` is empty there. */
export interface ContainerNames {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  /** The pod's, by the names that were asked for; absent where it has none. */
  readonly podLabels: Readonly<Record<string, string>>
}

/** A control group knows ids alone. undefined where nobody has heard of the container yet. */
export type WhoseContainer = (containerId: string, podUid: string) => ContainerNames | undefined

/** Once for each look at the node: what it answers by is made from what is there then. */
export type ContainerFacts = () => WhoseContainer
