import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeLab } from './lab.ts'

/** The chart, installed as a user does. */

export const RELEASE_NAMESPACE = 'picket'
export const CHART = join(import.meta.dirname, '../../../charts/picket')
export const DAEMON_SET = 'picket-agent'
export const HOST_PORT = 9464

/** What differs from the chart's own: the lab's images and server; probes and rollouts that let no test wait. */
const values = ({ server }: NodeLab): object => ({
  image: {
    agent: { repository: 'localhost/picket-agent', tag: 'lab' },
    controller: { repository: 'localhost/picket-controller', tag: 'lab' },
  },
  elasticsearch: { hosts: [server.url], auth: 'none' },
  agent: {
    nodeSelector: { 'lab/agents': 'yes' },
    hostPort: HOST_PORT,
    probes: {
      startup: { periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 120 },
      readiness: { periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 3 },
    },
  },
  controller: { takeoverAfter: '10s' },
})

const setting = (sets: readonly string[]): readonly string[] => sets.flatMap((set) => ['--set', set])

/** `helm upgrade --install` with the lab's values, and `sets` as in `--set`; waits for its objects unless told otherwise. */
export const install = (
  lab: NodeLab,
  { sets = [], wait = true }: { readonly sets?: readonly string[]; readonly wait?: boolean } = {},
): Promise<string> => {
  const file = join(lab.folder, 'values.json')
  writeFileSync(file, JSON.stringify(values(lab)))
  const waiting = wait ? ['--wait', '--timeout=120s'] : []
  const place = [`--namespace=${RELEASE_NAMESPACE}`, '--create-namespace']
  return lab.programs.helm(
    'upgrade',
    '--install',
    'picket',
    CHART,
    ...place,
    `--values=${file}`,
    ...setting(sets),
    ...waiting,
  )
}

export const helm = (lab: NodeLab, command: string, ...args: readonly string[]): Promise<string> =>
  lab.programs.helm(command, 'picket', ...args, `--namespace=${RELEASE_NAMESPACE}`)

/** kubectl in the release's namespace. */
export const kubectl = (lab: NodeLab, ...args: readonly string[]): Promise<string> =>
  lab.programs.kubectl(`--namespace=${RELEASE_NAMESPACE}`, ...args)
