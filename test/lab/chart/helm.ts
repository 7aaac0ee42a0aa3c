import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { helm as build, ensureBuilt } from '../kubernetes/build.ts'

export const CHART = join(import.meta.dirname, '../../../charts/picket')

export interface PodSpec {
  readonly containers: readonly {
    readonly image: string
    readonly env: readonly { readonly name: string; readonly value?: string }[]
    readonly ports: readonly { readonly name: string }[]
  }[]
  readonly volumes: readonly {
    readonly name: string
    readonly projected?: {
      readonly sources: readonly {
        readonly secret?: { readonly items: readonly { readonly path: string }[] }
        readonly configMap?: { readonly name: string }
        readonly downwardAPI?: unknown
      }[]
    }
  }[]
  readonly hostNetwork?: boolean
  readonly restartPolicy?: string
  readonly priorityClassName?: string
}

/** What the checks look into of an object of any kind; `spec` is a pod's own, or has one as its template. */
export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec?: PodSpec & {
    readonly selector?: unknown
    readonly clusterIP?: string
    readonly template?: {
      readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
      readonly spec: PodSpec
    }
  }
  readonly data?: Readonly<Record<string, string>>
  readonly roleRef?: unknown
  readonly value?: unknown
}

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

export interface Helm {
  run(...args: readonly string[]): Ran
  /** The rendered text; throws with helm's own words where it refuses. */
  template(options: TemplateOptions): string
  dispose(): void
}

interface TemplateOptions {
  readonly release?: string
  readonly chart?: string
  readonly files?: readonly string[]
  /** As --set takes them. */
  readonly set?: readonly string[]
  /** Sorts of objects that the cluster is said to know. */
  readonly apiVersions?: readonly string[]
}

const flags = (flag: string, values: readonly string[] = []): string[] => values.flatMap((value) => [flag, value])

/** With a home of its own: helm keeps caches and reads plug-ins there. */
export const createHelm = (): Helm => {
  const program = join(ensureBuilt(build), build.name)
  const home = fs.mkdtempSync(join(tmpdir(), 'picket-lab-helm-'))
  const env = { ...process.env, HOME: home, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home }
  const template: Helm['template'] = ({ release = 'lab', chart = CHART, files, set, apiVersions }) =>
    execFileSync(
      program,
      [
        ...['template', release, chart, '--namespace', 'picket'],
        ...flags('--values', files),
        ...flags('--set', set),
        ...flags('--api-versions', apiVersions),
      ],
      { env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
    )
  return {
    run: (...args) => {
      const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' })
      return { code: status, out: stdout, error: stderr }
    },
    template,
    dispose: () => fs.rmSync(home, { recursive: true, force: true }),
  }
}

export const objectsOf = (rendered: string): KubeObject[] =>
  parseAllDocuments(rendered)
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null)

export const podSpecOf = ({ kind, metadata, spec }: KubeObject): PodSpec => {
  const found = spec?.template?.spec ?? spec
  if (!found) throw new Error(`${kind} ${metadata.name} has no pods`)
  return found
}

export const named = (object: KubeObject): string => `${object.kind} ${object.metadata.name}`
