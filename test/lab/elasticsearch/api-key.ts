import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunningServer } from './start.ts'

interface ApiKey {
  readonly id: string
  readonly encoded: string
}

/** With the privileges that docs/elasticsearch.md asks for, word for word: the agents’, or those of who sets up. */
export const narrowKey = (server: RunningServer, name: 'picket' | 'picket-setup' = 'picket'): Promise<ApiKey> => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/elasticsearch.md'), 'utf8')
  const bodies = [...page.matchAll(/POST \/_security\/api_key\n([\s\S]*?)```/g)].map(([, body = '']) =>
    JSON.parse(body),
  )
  return server.ask<ApiKey>(
    'POST',
    '/_security/api_key',
    bodies.find((body: { name: string }) => body.name === name),
  )
}
