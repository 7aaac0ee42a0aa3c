import type https from 'node:https'
import { KubeConfig } from '@kubernetes/client-node/dist/config.js'

/** Where the API server is and how to show oneself there: the one place that knows the official client. */
export interface KubeCredentials {
  /** https://host:port, optionally with a path before /api. */
  readonly server: string
  /** The name of the context, for words about it. */
  readonly context: string
  /** Of the context; `default` where it names none. In a pod, the pod's own. */
  readonly namespace: string
  /** What a request needs: headers, certificates, names; an agent where there is a proxy. */
  options(): Promise<https.RequestOptions>
  /** The server did not know us: whatever is kept is read, and asked for, again. */
  forget(): void
}

export interface KubeConfigChoice {
  /** undefined: KUBECONFIG, ~/.kube/config, then the pod's service account, as kubectl looks. */
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
}

/** Tokens are read again after a minute (client-node's FileAuth), certificates with every new set of options. */
const KEPT_MS = 5_000

/** What client-node makes up where it finds nothing (config.js, loadFromDefault): kubectl's old default, where no server has been for years. */
const MADE_UP = { context: 'loaded-context', server: 'http://localhost:8080' }

const isMadeUp = (config: KubeConfig): boolean =>
  config.getCurrentContext() === MADE_UP.context && config.getCurrentCluster()?.server === MADE_UP.server

const load = ({ kubeconfig, context }: KubeConfigChoice): KubeConfig => {
  const config = new KubeConfig()
  if (kubeconfig === undefined) config.loadFromDefault()
  else config.loadFromFile(kubeconfig)
  if (isMadeUp(config))
    throw new Error(
      'no cluster is known: there is no KUBECONFIG, no ~/.kube/config and no service account of a pod; see --kubeconfig',
    )
  if (context !== undefined) config.setCurrentContext(context)
  return config
}

const serverOf = (config: KubeConfig): string => {
  const context = config.getCurrentContext()
  if (!config.getContextObject(context)) {
    const known = config.getContexts().map(({ name }) => name)
    throw new Error(`there is no context ${JSON.stringify(context)}; there are: ${known.join(', ') || 'none'}`)
  }
  const server = config.getCurrentCluster()?.server
  if (!server) throw new Error(`the context ${JSON.stringify(context)} names a cluster that is not there`)
  return server
}

/** A token file may end in a newline, which no header may hold. */
const trimmed = (options: https.RequestOptions): https.RequestOptions => {
  const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.trim() : value,
  ])
  return { ...options, headers: Object.fromEntries(headers) }
}

const optionsOf = async (config: KubeConfig): Promise<https.RequestOptions> => {
  const options: https.RequestOptions = { headers: {} }
  await config.applyToHTTPSOptions(options)
  const { agent, ...rest } = trimmed(options)
  return config.getCurrentCluster()?.proxyUrl ? { ...rest, agent } : rest
}

/**
 * Throws a sentence where the file cannot be read or names nothing. Many requests at once share one look at files and one run of
 * a credential plugin.
 */
export const loadKubeConfig = (choice: KubeConfigChoice, monotonicMs: () => number): KubeCredentials => {
  let config = load(choice)
  let kept: { readonly options: Promise<https.RequestOptions>; readonly atMs: number } | undefined
  let forgottenMs: number | undefined
  const server = serverOf(config)

  const options = (): Promise<https.RequestOptions> => {
    const nowMs = monotonicMs()
    if (kept && nowMs - kept.atMs < KEPT_MS) return kept.options
    const fresh = { options: optionsOf(config), atMs: nowMs }
    kept = fresh
    // A plugin that failed is asked again by the next request.
    fresh.options.catch(() => {
      if (kept === fresh) kept = undefined
    })
    return fresh.options
  }

  /** A file that is just being written, or is away for a moment, must not leave us as nobody: what we have may work again. */
  const reloaded = (): KubeConfig => {
    try {
      const fresh = load(choice)
      return serverOf(fresh) === server ? fresh : config
    } catch {
      return config
    }
  }

  /** Once in the time for which credentials are kept: of a hundred requests under way every one is refused, and a plugin takes a second. */
  const forget = (): void => {
    const nowMs = monotonicMs()
    if (forgottenMs !== undefined && nowMs - forgottenMs < KEPT_MS) return
    forgottenMs = nowMs
    kept = undefined
    config = reloaded()
  }
  const context = config.getCurrentContext()
  const namespace = config.getContextObject(context)?.namespace?.trim() || 'default'
  return { server, context, namespace, options, forget }
}
