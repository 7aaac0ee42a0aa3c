import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const README = join(import.meta.dirname, '../../../README.md')

export interface Places {
  /** Stands for / of a node: has log/containers, log/pods, log/syslog, and the state folder. */
  readonly folder: string
  readonly host: string
  readonly port: number
}

/** The README's configuration as it stands, with this machine's places put in for the node's. */
export const readmeConfig = ({ folder, host, port }: Places): string => {
  const yaml = /```yaml\n(# picket\.yaml\n[\s\S]*?)```/.exec(readFileSync(README, 'utf8'))?.[1] ?? ''
  const places: readonly (readonly [string, string])[] = [
    ['/var/lib/picket', join(folder, 'state')],
    ['/var/log/', join(folder, 'log/')],
    ['http://127.0.0.1:9200', host],
    ['127.0.0.1:9464', `127.0.0.1:${port}`],
  ]
  return places.reduce((text, [from, to]) => {
    assert.ok(text.includes(from), `the README's configuration has ${from}`)
    return text.replaceAll(from, to)
  }, yaml)
}
