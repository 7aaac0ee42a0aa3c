import type { Source } from './options.ts'
import { originOf } from './origin-of.ts'

/** A container's tag. */
export const containerTag = (o: {
  readonly namespace: string
  readonly container: string
  readonly pod: string
}): string => `kube.${o.namespace}.${o.container}.${o.pod}`

/** The tag of a file of which only its names are left; undefined where its source is configured no more. */
export const createTagOf =
  (sources: readonly Source[]) =>
  (cursor: { readonly source: string; readonly file: string; readonly path: string }): string | undefined => {
    const source = sources.find(({ name }) => name === cursor.source)
    if (source?.kind !== 'containers') return source?.tag
    const origin = originOf(cursor)
    return origin.kind === 'container' ? containerTag(origin) : undefined
  }
