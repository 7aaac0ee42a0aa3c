import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { parseAllDocuments } from 'yaml'

/** The chart's two profiles as the kernel sees them: a user of group 0 without any capability, among files that are root's. */

const ROOT = new URL('../..', import.meta.url).pathname.replace(/\/$/, '')

interface Container {
  readonly args: readonly string[]
  readonly securityContext: { readonly capabilities: { readonly add: readonly string[] } }
}

/** From the rendering of these values: the init container that gives the state folder to the profile's user. */
const ownState = (values: string): Container => {
  const text = fs.readFileSync(new URL(`../golden/chart/${values}.yaml`, import.meta.url), 'utf8')
  for (const document of parseAllDocuments(text)) {
    const object = document.toJS() as {
      kind: string
      spec: { template: { spec: { initContainers: Container[] } } }
    } | null
    const [container] = object?.kind === 'DaemonSet' ? object.spec.template.spec.initContainers : []
    if (container) return container
  }
  throw new Error(`values ${values} have no init container`)
}

/** A clone may lie in a folder that is root's alone (mktemp -d): in a mount namespace of its own the user finds it at `clone`. */
const as = (clone: string, uid: number, capabilities: readonly string[], args: readonly string[]) => {
  const held = ['-all', ...capabilities.map((name) => `+${name.toLowerCase()}`)].join(',')
  const limits = [`--bounding-set=${held}`, `--inh-caps=${held}`, '--no-new-privs']
  const user = [`--reuid=${uid}`, '--regid=0', '--clear-groups']
  const command = ['setpriv', ...user, ...limits, process.execPath.replace(ROOT, clone), ...args]
  const script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
  return spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', ROOT, clone, ...command], { encoding: 'utf8' })
}

const cannot = ({ clone }: { readonly clone: string }): string | false => {
  if (process.getuid?.() !== 0) return 'needs root, to become another user'
  const tried = as(clone, 65_532, [], [`${clone}/agent/main.ts`, '--version'])
  return tried.status === 0 ? false : `uid 65532 cannot run this clone: ${tried.error?.message ?? tried.stderr}`
}

const makeNode = () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'picket-profile-'))
  fs.chmodSync(folder, 0o755)
  const [pod, state] = [join(folder, 'pods/shop_web-1_0123/app'), join(folder, 'state')]
  const clone = join(folder, 'clone')
  for (const path of [pod, state, clone, join(folder, 'containers')]) fs.mkdirSync(path, { recursive: true })
  // As containerd and the kubelet leave them.
  const log = join(pod, '0.log')
  fs.writeFileSync(log, '', { mode: 0o640 })
  fs.symlinkSync(log, join(folder, 'containers', `web-1_shop_app-${'a'.repeat(64)}.log`))
  const config = join(folder, 'picket.yaml')
  const containers = { kind: 'containers', path: join(folder, 'containers'), allowed_roots: [join(folder, 'pods')] }
  const server = { listen: 'off', page: 'off' }
  const outputs = { out: { kind: 'stdout' } }
  fs.writeFileSync(config, JSON.stringify({ state_dir: state, sources: { containers }, outputs, server }))
  return { folder, clone, state, log, config }
}

test('an agent that is not root reads root’s logs by their group, and root takes its state over, each after its init container', (t) => {
  const node = makeNode()
  const { folder, clone, state, log, config } = node
  t.after(() => fs.rmSync(folder, { recursive: true }))
  const reason = cannot(node)
  if (reason) return t.skip(reason)
  const write = (n: number) => fs.appendFileSync(log, `2026-01-01T00:00:0${n}.000000001Z stdout F line ${n}\n`)
  const give = (values: string): void => {
    const { args, securityContext } = ownState(values)
    const [flag = '', script = ''] = args
    const moved = script.replace("own('/var/lib/picket')", `own('${state}')`)
    const { status, stderr } = as(clone, 0, securityContext.capabilities.add, [flag, moved])
    assert.equal(status, 0, stderr)
  }
  const run = (uid: number) => as(clone, uid, [], [`${clone}/agent/main.ts`, '--config', config, '--once'])
  const messages = (uid: number): string[] =>
    [...run(uid).stdout.matchAll(/"message":"(line \d)"/g)].map(([, message = '']) => message)

  write(1)
  give('hardened')
  assert.deepEqual(messages(65_532), ['line 1'])
  write(2)
  assert.match(run(0).stderr, /no permission; let the user that Picket runs as own it/)
  give('surge')
  assert.deepEqual(messages(0), ['line 2'])
})
