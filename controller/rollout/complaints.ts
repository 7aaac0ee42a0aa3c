import type { DaemonSet } from '../cluster.ts'
import { readState } from './rollout-state.ts'
import { isFrozen, type Mistake, STATE_ANNOTATION } from './settings.ts'
import type { Step } from './situation.ts'

const warning = (reason: string, message: string): Step['event'] => ({ type: 'Warning', reason, message })

const mistaken = ({ annotation, value, allowed }: Mistake): Step['event'] =>
  warning(
    'RolloutMisconfigured',
    `Annotation ${annotation}: ${JSON.stringify(value)} is not understood; allowed: ${allowed}. The rollout waits until it is mended`,
  )

/** Why nothing is done although annotations ask for it. */
export const complaints = (daemonSet: DaemonSet, mistakes: readonly Mistake[]): readonly Step['event'][] => [
  ...(daemonSet.strategy.kind === 'OnDelete' || isFrozen(daemonSet.annotations)
    ? []
    : [
        warning(
          'RolloutIgnored',
          'Annotations picket.dev/… (all but frozen) have no effect with updateStrategy RollingUpdate, which replaces pods by itself; set updateStrategy.type to OnDelete',
        ),
      ]),
  ...mistakes.map(mistaken),
  ...(readState(daemonSet.annotations) === 'unreadable'
    ? [
        warning(
          'RolloutMisconfigured',
          `Annotation ${STATE_ANNOTATION} is not as the controller wrote it. The rollout waits; remove the annotation to begin anew`,
        ),
      ]
    : []),
]
