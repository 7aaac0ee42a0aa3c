import type { KubeClient } from './kube-client.ts'

/** An object as the API sends it: only its place in the history matters to list and watch. */
export interface KubeObject {
  readonly metadata?: {
    readonly name?: string
    readonly namespace?: string
    readonly uid?: string
    readonly resourceVersion?: string
  }
}

/** What is listed and watched. */
export interface Resource {
  readonly client: KubeClient
  /** /api/v1/pods */
  readonly path: string
  /** fieldSelector, labelSelector. */
  readonly query: Readonly<Record<string, string>>
  /** 'metadata': the server leaves out everything but metadata. */
  readonly content: 'full' | 'metadata'
}

/** kubernetes.io/docs/reference/using-api/api-concepts, "Metadata-only fetches". */
export const ACCEPT = {
  full: { list: 'application/json', watch: 'application/json' },
  metadata: {
    list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
    watch: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
  },
} as const
