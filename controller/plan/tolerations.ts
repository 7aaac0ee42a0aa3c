import type { Json, JsonObject, Taint } from '../cluster.ts'
import { textAt } from './json-fields.ts'

export interface Toleration {
  /** '': of every key. */
  readonly key: string
  readonly operator: string
  readonly value: string
  /** '': of every effect. */
  readonly effect: string
}

const exists = (name: string, effect: string): JsonObject => ({
  key: `node.kubernetes.io/${name}`,
  operator: 'Exists',
  effect,
})

// pkg/controller/daemon/util AddOrUpdateDaemonPodTolerations, in its order.
const ALWAYS: readonly JsonObject[] = [
  exists('not-ready', 'NoExecute'),
  exists('unreachable', 'NoExecute'),
  exists('disk-pressure', 'NoSchedule'),
  exists('memory-pressure', 'NoSchedule'),
  exists('pid-pressure', 'NoSchedule'),
  exists('unschedulable', 'NoSchedule'),
]
const ON_HOST_NETWORK: readonly JsonObject[] = [exists('network-unavailable', 'NoSchedule')]

const SAME_IF = ['key', 'effect', 'operator', 'value']
const isSame = (a: Json, b: Json): boolean => SAME_IF.every((field) => textAt(a, field) === textAt(b, field))

/**
 * The user's own, then those that every pod of a DaemonSet gets. An equal one of the user's is replaced where it stands, and
 * loses its tolerationSeconds by that: such a pod is never evicted for its node's state.
 */
export const withAutomaticTolerations = (own: readonly Json[], hostNetwork: boolean): readonly Json[] => {
  let all = own
  for (const automatic of hostNetwork ? [...ALWAYS, ...ON_HOST_NETWORK] : ALWAYS)
    all = all.some((toleration) => isSame(toleration, automatic))
      ? all.map((toleration) => (isSame(toleration, automatic) ? automatic : toleration))
      : [...all, automatic]
  return all
}

export const readToleration = (json: Json): Toleration => ({
  key: textAt(json, 'key'),
  operator: textAt(json, 'operator'),
  value: textAt(json, 'value'),
  effect: textAt(json, 'effect'),
})

/** As strconv.ParseInt reads it; undefined: it is not a whole number of 64 bits. */
export const wholeNumber = (text: string): bigint | undefined => {
  if (!/^[+-]?\d+$/.test(text)) return undefined
  const number = BigInt(text.replace('+', ''))
  return number === BigInt.asIntN(64, number) ? number : undefined
}

/** KEP-5471: a taint's number above (Gt) or below (Lt) the toleration's. The server refuses the operators where they are switched off. */
const comparesNumbers = ({ operator, value }: Toleration, taint: Taint): boolean => {
  const [theirs, own] = [wholeNumber(taint.value), wholeNumber(value)]
  if (theirs === undefined || own === undefined) return false
  return operator === 'Gt' ? theirs > own : theirs < own
}

/** core/v1 Toleration.ToleratesTaint. */
export const tolerates = (toleration: Toleration, taint: Taint): boolean => {
  if (toleration.effect !== '' && toleration.effect !== taint.effect) return false
  if (toleration.key !== '' && toleration.key !== taint.key) return false
  switch (toleration.operator) {
    case '':
    case 'Equal':
      return toleration.value === taint.value
    case 'Exists':
      return true
    case 'Gt':
    case 'Lt':
      return comparesNumbers(toleration, taint)
    default:
      return false
  }
}
