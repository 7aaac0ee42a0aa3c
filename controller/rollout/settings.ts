import type { Labels, Scaled } from '../cluster.ts'

/** How a DaemonSet is rolled out, from its annotations. */
export interface RolloutSettings {
  readonly maxUnavailable: Scaled
  readonly deadNodeBudget: Scaled
  /** Pods that are kept as they are. */
  readonly partition: Scaled
  /** undefined: no canaries. */
  readonly canary: Scaled | undefined
  /** 'manual': until canary-valid says so. */
  readonly soakMs: number | 'manual'
  readonly maxRestarts: number
  /** false: only pods that cannot start stop a rollout. */
  readonly autoPause: boolean
  readonly autoRollback: boolean
  readonly paused: boolean
  readonly frozen: boolean
}

/** An annotation that is not understood. Nothing is done until it is mended. */
export interface Mistake {
  readonly annotation: string
  readonly value: string
  readonly allowed: string
}

const PREFIX = 'picket.dev/'
export const STATE_ANNOTATION = `${PREFIX}rollout-state`
export const RESUME_ANNOTATION = `${PREFIX}resume`
export const VERDICT_ANNOTATION = `${PREFIX}canary-valid`

const DEFAULTS: RolloutSettings = {
  maxUnavailable: { kind: 'number', value: 1 },
  deadNodeBudget: { kind: 'number', value: 0 },
  partition: { kind: 'number', value: 0 },
  canary: undefined,
  soakMs: 600_000,
  maxRestarts: 2,
  autoPause: true,
  autoRollback: false,
  paused: false,
  frozen: false,
}

const readCount = (text: string): number | undefined => (/^\d{1,6}$/.test(text) ? Number(text) : undefined)

const readScaled = (text: string): Scaled | undefined => {
  const [, digits = '', percent] = /^(\d{1,6})(%?)$/.exec(text) ?? []
  if (digits === '') return undefined
  if (percent === '') return { kind: 'number', value: Number(digits) }
  return Number(digits) <= 100 ? { kind: 'percent', value: Number(digits) } : undefined
}

/** None at all would be a rollout that never moves, or a canary that tries nothing. */
const readSome = (text: string): Scaled | undefined => {
  const scaled = readScaled(text)
  return scaled?.value === 0 ? undefined : scaled
}

const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
])

/** As Go writes them: 90s, 10m, 1h30m. */
const readDuration = (text: string): number | undefined => {
  if (!/^(?=.)(\d{1,6}h)?(\d{1,6}m)?(\d{1,6}s)?$/.test(text)) return undefined
  const parts = [...text.matchAll(/(\d+)([hms])/g)]
  return parts.reduce((sum, [, digits, unit = '']) => sum + Number(digits) * (UNITS_MS.get(unit) ?? 0), 0)
}

const readSwitch = (text: string): boolean | undefined =>
  text === 'true' ? true : text === 'false' ? false : undefined

type Reading = Partial<RolloutSettings> | undefined
const as =
  <K extends keyof RolloutSettings>(key: K, read: (text: string) => RolloutSettings[K] | undefined) =>
  (text: string): Reading => {
    const value = read(text)
    return value === undefined ? undefined : ({ [key]: value } as Pick<RolloutSettings, K>)
  }

interface Option {
  readonly allowed: string
  readonly read: (text: string) => Reading
}

const COUNT = 'a number of nodes ("2") or a share of the eligible ones ("10%", rounded up)'
const OR_NONE = `${COUNT}; 0 is none`
const SWITCH = '"true" or "false"'

const OPTIONS: ReadonlyMap<string, Option> = new Map([
  ['max-unavailable', { allowed: `${COUNT}, 1 or more`, read: as('maxUnavailable', readSome) }],
  ['dead-node-budget', { allowed: OR_NONE, read: as('deadNodeBudget', readScaled) }],
  ['partition', { allowed: OR_NONE, read: as('partition', readScaled) }],
  ['canary', { allowed: `${COUNT}, 1 or more`, read: as('canary', readSome) }],
  [
    'canary-soak',
    {
      allowed: 'a duration in hours, minutes and seconds ("90s", "10m", "1h30m"), or "manual"',
      read: as('soakMs', (text) => (text === 'manual' ? text : readDuration(text))),
    },
  ],
  ['max-restarts', { allowed: 'a number, 0 or more', read: as('maxRestarts', readCount) }],
  ['auto-pause', { allowed: SWITCH, read: as('autoPause', readSwitch) }],
  ['auto-rollback', { allowed: SWITCH, read: as('autoRollback', readSwitch) }],
  ['paused', { allowed: SWITCH, read: as('paused', readSwitch) }],
  ['frozen', { allowed: SWITCH, read: as('frozen', readSwitch) }],
])

const NOT_SETTINGS = [STATE_ANNOTATION, RESUME_ANNOTATION, VERDICT_ANNOTATION]

const NAMES = `one of ${[...OPTIONS.keys(), 'resume', 'canary-valid'].map((name) => PREFIX + name).join(', ')}`

export interface ReadSettings {
  /** undefined: none is there, the DaemonSet's rollouts are its owner's own matter. */
  readonly settings: RolloutSettings | undefined
  readonly mistakes: readonly Mistake[]
}

const readOne = (annotation: string, value: string): Partial<RolloutSettings> | Mistake => {
  const option = OPTIONS.get(annotation.slice(PREFIX.length))
  if (!option) return { annotation, value, allowed: NAMES }
  return option.read(value) ?? { annotation, value, allowed: option.allowed }
}

const isMistake = (reading: Partial<RolloutSettings> | Mistake): reading is Mistake => 'annotation' in reading

export const readSettings = (annotations: Labels): ReadSettings => {
  const own = Object.entries(annotations).filter(([name]) => name.startsWith(PREFIX) && !NOT_SETTINGS.includes(name))
  const readings = own.map(([name, value]) => readOne(name, value))
  const understood = readings.filter((reading) => !isMistake(reading))
  return {
    settings: own.length === 0 ? undefined : Object.assign({}, DEFAULTS, ...understood),
    mistakes: readings.filter(isMistake),
  }
}

/** Neither created nor deleted is anything: not by a rollout, and not for coverage. What is not understood freezes nothing. */
export const isFrozen = (annotations: Labels): boolean => annotations[`${PREFIX}frozen`] === 'true'

export const scaledTo = (limit: Scaled, total: number): number =>
  limit.kind === 'number' ? limit.value : Math.ceil((limit.value * total) / 100)
