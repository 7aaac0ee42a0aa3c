import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { loadKubeConfig } from '../../../lib/kube/kube-config.ts'

/** A kubeconfig with two contexts; `user` is that of the current one. */
const start = (t: TestContext, user: object) => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-kubeconfig-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const kubeconfig = join(folder, 'config')
  const write = (of: object): void =>
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'here',
        contexts: [
          { name: 'here', context: { cluster: 'one', user: 'u', namespace: 'logging' } },
          { name: 'there', context: { cluster: 'two', user: 'u' } },
          { name: 'nowhere', context: { cluster: 'three', user: 'u' } },
        ],
        clusters: [
          { name: 'one', cluster: { server: 'https://one:6443/', 'certificate-authority': 'ca.pem' } },
          { name: 'two', cluster: { server: 'https://two:6443', 'insecure-skip-tls-verify': true } },
        ],
        users: [{ name: 'u', user: of }],
      }),
    )
  write(user)
  writeFileSync(join(folder, 'ca.pem'), 'the authority')
  let nowMs = 0
  const load = (context?: string) => loadKubeConfig({ kubeconfig, context }, () => nowMs)
  return {
    folder,
    load,
    write,
    pass: (ms: number) => {
      nowMs += ms
    },
  }
}

test('a kubeconfig says where the server is, by its current context or by the one that is named', (t) => {
  const { load } = start(t, { token: 'secret' })
  assert.deepEqual(
    [load(), load('there')].map(({ server, context, namespace }) => [server, context, namespace]),
    [
      ['https://one:6443', 'here', 'logging'],
      ['https://two:6443', 'there', 'default'],
    ],
  )
  assert.throws(() => load('elsewhere'), /there is no context "elsewhere"; there are: here, there, nowhere/)
  assert.throws(() => load('nowhere'), /the context "nowhere" names a cluster that is not there/)
})

test('what a request needs is made of it, without an agent of its own', async (t) => {
  const { load } = start(t, { token: 'secret\n' })
  const options = await load().options()
  assert.deepEqual(
    [options.headers, options.ca?.toString(), 'agent' in options],
    [{ Authorization: 'Bearer secret' }, 'the authority', false],
  )
  assert.equal((await load('there').options()).rejectUnauthorized, false)
})

test('a renewed certificate counts within seconds', async (t) => {
  const { load, folder, pass } = start(t, { 'client-certificate': 'c.pem', 'client-key': 'k.pem' })
  const write = (text: string): void => {
    for (const name of ['c.pem', 'k.pem']) writeFileSync(join(folder, name), text)
  }
  write('old')
  const credentials = load()
  assert.equal((await credentials.options()).cert?.toString(), 'old')
  write('new')
  pass(5_000)
  assert.equal((await credentials.options()).cert?.toString(), 'new')
})

const plugin = (t: TestContext, script: string) => {
  const setup = start(t, {})
  const command = join(setup.folder, 'plugin')
  writeFileSync(command, `#!/bin/sh\ncd ${setup.folder}\necho run >> runs\n${script}`)
  chmodSync(command, 0o755)
  setup.write({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never' } })
  const runs = (): number => readFileSync(join(setup.folder, 'runs'), 'utf8').split('\n').length - 1
  return { ...setup, runs }
}

test('a credential plugin is run once for many requests, and again when the server does not know its token', async (t) => {
  const { load, runs } = plugin(t, 'echo \'{"status":{"token":"from the plugin"}}\'')
  const credentials = load()
  const all = await Promise.all(Array.from({ length: 20 }, () => credentials.options()))
  assert.deepEqual([all[19]?.headers, runs()], [{ Authorization: 'Bearer from the plugin' }, 1])
  credentials.forget()
  await credentials.options()
  assert.equal(runs(), 2)
})

test('a token that ends while a hundred requests are under way costs one run of the plugin, not a hundred', async (t) => {
  const { load, runs, pass } = plugin(t, 'echo \'{"status":{"token":"from the plugin"}}\'')
  const credentials = load()
  await credentials.options()
  for (let refused = 0; refused < 100; refused++) {
    credentials.forget()
    await credentials.options()
  }
  assert.equal(runs(), 2)
  pass(5_000)
  credentials.forget()
  await credentials.options()
  assert.equal(runs(), 3)
})

test('a credential plugin that fails says why, and is asked again', async (t) => {
  const { load, runs } = plugin(t, 'echo "log in first" >&2; exit 1')
  const credentials = load()
  await assert.rejects(credentials.options(), /log in first/)
  await assert.rejects(credentials.options(), /log in first/)
  assert.equal(runs(), 2)
})

test('a kubeconfig that is away, half written or of another cluster when the server refuses us is not taken', async (t) => {
  const { load, write, folder, pass } = start(t, { token: 'first' })
  const credentials = load()
  const file = join(folder, 'config')
  const whole = readFileSync(file, 'utf8')
  const elsewhere = whole.replaceAll('https://one:6443/', 'https://elsewhere:6443/')
  for (const spoil of [
    () => rmSync(file),
    () => writeFileSync(file, whole.slice(0, 40)),
    () => writeFileSync(file, elsewhere),
  ]) {
    spoil()
    pass(5_000)
    credentials.forget()
    assert.deepEqual((await credentials.options()).headers, { Authorization: 'Bearer first' })
  }
  write({ token: 'second' })
  pass(5_000)
  credentials.forget()
  assert.deepEqual((await credentials.options()).headers, { Authorization: 'Bearer second' })
})

test('without any configuration it is said where one was looked for', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'picket-home-'))
  const { HOME, KUBECONFIG } = process.env
  t.after(() => {
    process.env.HOME = HOME
    if (KUBECONFIG !== undefined) process.env.KUBECONFIG = KUBECONFIG
    rmSync(home, { recursive: true })
  })
  process.env.HOME = home
  delete process.env.KUBECONFIG
  assert.throws(() => loadKubeConfig({ kubeconfig: undefined, context: undefined }, () => 0), {
    message:
      'no cluster is known: there is no KUBECONFIG, no ~/.kube/config and no service account of a pod; see --kubeconfig',
  })
})
