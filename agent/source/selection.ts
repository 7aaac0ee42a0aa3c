import picomatch from 'picomatch'

/** Globs (picomatch) for each part of a container's name; an empty or absent list of `include` takes everything. */
export interface NamePatterns {
  readonly namespaces?: readonly string[]
  readonly pods?: readonly string[]
  readonly containers?: readonly string[]
}

export interface ContainerName {
  readonly namespace: string
  readonly pod: string
  readonly container: string
}

/** The agent's own container; where nobody said which of its pod it is, all of them. */
export interface Self {
  readonly namespace: string
  readonly pod: string
  readonly container: string | undefined
}

const isSelf = ({ namespace, pod, container }: Self, name: ContainerName): boolean =>
  namespace === name.namespace && pod === name.pod && (container ?? name.container) === name.container

type Matches = (text: string) => boolean

const matcher = (globs: readonly string[] | undefined, whenEmpty: boolean): Matches =>
  globs && globs.length > 0 ? picomatch([...globs], { dot: true, nonegate: true }) : () => whenEmpty

/**
 * Whether a container's log is to be read: it matches each list of `include`, and none of `exclude`; its own agent's is not.
 * Pure once made.
 */
export const createSelection = (
  include: NamePatterns,
  exclude: NamePatterns,
  self: Self | undefined,
): ((name: ContainerName) => boolean) => {
  const wanted = [matcher(include.namespaces, true), matcher(include.pods, true), matcher(include.containers, true)]
  const unwanted = [
    matcher(exclude.namespaces, false),
    matcher(exclude.pods, false),
    matcher(exclude.containers, false),
  ]
  return (name) => {
    const parts = [name.namespace, name.pod, name.container]
    if (self && isSelf(self, name)) return false
    return parts.every((part, i) => wanted[i]!(part)) && !parts.some((part, i) => unwanted[i]!(part))
  }
}
