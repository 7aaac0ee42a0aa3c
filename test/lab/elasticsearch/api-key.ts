import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunningServer } from './start.ts'

interface ApiKey {
  readonly id: string
  readonly encoded: string
}

/** With the privileges that docs/elasticsearch.md asks for, word for word. */
export const narrowKey = (server: RunningServer): Promise<ApiKey> => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/elasticsearch.md'), 'utf8')
  const body = /POST \/_security\/api_key\n([\s\S]*?)```/.exec(page)?.[1] ?? 'not in the page'
  return server.ask<ApiKey>('POST', '/_security/api_key', JSON.parse(body))
}
