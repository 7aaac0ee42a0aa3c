import * as Type from 'typebox'
import { block, choice, duration, flag, path, secret, text, url } from './option.ts'
import { metricsSchema } from './schema-metrics.ts'
import type { SchemaNode } from './schema-node.ts'
import { outputsSchema } from './schema-outputs.ts'
import { sourcesSchema } from './schema-sources.ts'

const node = block(
  {
    name: Type.Optional(
      text({
        description: 'This node’s name: `host.name`, and the pods that are watched.',
        defaultText: '`$NODE_NAME`, else the host name',
      }),
    ),
    cluster_name: Type.Optional(text({ description: '`orchestrator.cluster.name` of every document.' })),
  },
  { description: 'Who this node is.' },
)

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

const enrich = block(
  {
    kubernetes: choice(['auto', 'on', 'off', true, false], {
      default: 'auto',
      description:
        'Whether pods are looked up at the API server. `auto`: where `api_server` is set or the agent runs in a cluster. Without it documents carry what the path says: namespace, pod, container, restart count.',
    }),
    api_server: Type.Optional(
      url({
        description: 'URL of the API server.',
        defaultText: 'the cluster’s own, from `$KUBERNETES_SERVICE_HOST` and `$KUBERNETES_SERVICE_PORT`',
      }),
    ),
    token_file: path({
      default: `${SERVICE_ACCOUNT}/token`,
      description: 'File of the bearer token; read again when it changes.',
    }),
    ca_file: path({ default: `${SERVICE_ACCOUNT}/ca.crt`, description: 'PEM file of the API server’s authority.' }),
    grace: duration({
      default: '5s',
      least: '0',
      most: '1m',
      description:
        'How long the first lines of a pod that is not known yet may wait for its facts. They are shipped after that in any case.',
    }),
    gone_grace: duration({
      default: '60s',
      least: '0',
      most: '24h',
      description: 'How long the facts of a pod that is gone are kept for its last lines.',
    }),
    labels: flag({ default: true, description: 'Adds the pod’s labels, dots replaced: `kubernetes.labels.*`.' }),
    annotations: flag({ default: false, description: 'Adds the pod’s annotations: `kubernetes.annotations.*`.' }),
    namespace_labels: flag({
      default: false,
      description: 'Adds the namespace’s labels: `kubernetes.namespace_labels.*`.',
    }),
    node_labels: flag({ default: false, description: 'Adds the node’s labels: `kubernetes.node.labels.*`.' }),
  },
  { description: 'Facts about pods that are joined to their records.' },
)

const server = block(
  {
    listen: text({
      default: '127.0.0.1:9464',
      description:
        'Address of `/metrics`, `/healthz` and `/readyz`; `:9464` is every address of the machine, `off` is no server.',
      examples: ['127.0.0.1:9464', '[::1]:9464', ':9464', 'off'],
    }),
    page: text({
      default: '127.0.0.1:9465',
      description:
        'Address of the node page: search, live tail, charts, the pipeline’s state. It shows logs: beyond loopback it needs `token`. `off` is no page.',
      examples: ['127.0.0.1:9465', '[::1]:9465', ':9465', 'off'],
    }),
    tls: Type.Optional(
      block(
        {
          cert_file: Type.Optional(
            path({ description: 'PEM file of the certificate and its chain; needs `key_file`.' }),
          ),
          key_file: Type.Optional(path({ description: 'PEM file of the private key; needs `cert_file`.' })),
        },
        { description: 'Serves HTTPS, the node page too.', defaultText: 'plain HTTP' },
      ),
    ),
    token: Type.Optional(
      secret({
        description:
          'Bearer token that `/metrics` and the node page ask for. The health checks ask for none: kubelet has none.',
      }),
    ),
  },
  { description: 'Metrics, health and the node page.' },
)

const log = block(
  {
    level: choice(['debug', 'info', 'warn', 'error'], {
      default: 'info',
      description: 'The least severe of the agent’s own messages that is written.',
    }),
  },
  { description: 'The agent’s own log: JSON lines on the standard error.' },
)

export const configSchema = Type.Object(
  {
    state_dir: path({
      default: '.picket',
      description:
        'Folder of positions, queues and dead letters. It must outlive the agent: a host path in Kubernetes. One agent per folder.',
    }),
    node,
    sources: sourcesSchema,
    enrich,
    outputs: outputsSchema,
    metrics: metricsSchema,
    server,
    log,
    shutdown_grace: duration({
      default: '25s',
      least: '0',
      most: '10m',
      description:
        'How long a stopping agent tries to deliver what it has read; the rest goes to disk. Below Kubernetes’ own grace (30 s).',
    }),
    checkpoint_interval: duration({
      default: '5s',
      least: '100ms',
      most: '5m',
      description:
        'How often positions are written to disk. A crash repeats at most what was delivered since, under the same `_id`s.',
    }),
  },
  { additionalProperties: false, title: 'picket', description: 'Configuration of the Picket agent.' },
)

/** The same for those who walk it: TypeBox's own types say more than can be followed at run time. */
export const rootSchema = configSchema as unknown as SchemaNode

/** The configuration with every default filled in, as it is written. */
export type Config = Type.Static<typeof configSchema>

type Written<T> = T extends readonly unknown[] | string | number | boolean
  ? T
  : string extends keyof T
    ? { [name: string]: Written<T[keyof T]> }
    : { [K in keyof T as K extends 'kind' | 'hosts' | 'paths' ? K : never]: T[K] } & {
        [K in keyof T as K extends 'kind' | 'hosts' | 'paths' ? never : K]?: Written<T[K]>
      }

/** What a user writes: everything that has a default may be left out. */
export type UserConfig = Written<Config>
