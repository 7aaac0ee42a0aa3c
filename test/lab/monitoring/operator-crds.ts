import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { cacheFolder } from '../cache-folder.ts'

const MODULE = 'github.com/prometheus-operator/prometheus-operator@v0.85.0'
/** As go.sum would have it. */
const SUM = 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s='

/** Prometheus is there for `auto` alone, and its CRD is a megabyte that nothing else asks for. */
const KINDS = ['podmonitors', 'servicemonitors', 'prometheusrules']

/** Files of the Prometheus operator's own CRDs, from its Go module; nothing of it is built. */
export const operatorCrds = (): readonly string[] => {
  const env = {
    ...process.env,
    GOTOOLCHAIN: 'local',
    GOFLAGS: '-mod=mod',
    // Compared below instead.
    GONOSUMDB: 'github.com/prometheus-operator/*',
    GOMODCACHE: process.env.GOMODCACHE ?? cacheFolder('go', 'mod'),
  }
  const answer = execFileSync('go', ['mod', 'download', '-json', MODULE], { env, cwd: cacheFolder(), encoding: 'utf8' })
  const { Dir, Sum } = JSON.parse(answer) as { readonly Dir: string; readonly Sum: string }
  if (Sum !== SUM) throw new Error(`${MODULE} has the sum ${Sum}, not ${SUM}`)
  return KINDS.map((kind) => join(Dir, 'example', 'prometheus-operator-crd', `monitoring.coreos.com_${kind}.yaml`))
}
