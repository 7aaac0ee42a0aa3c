import assert from 'node:assert/strict'
import fs from 'node:fs'
import { dirname } from 'node:path'
import type { TestContext } from 'node:test'
import { parse } from 'yaml'
import { checkConfig } from '../../../agent/config/check.ts'
import { references } from '../../support/config-references.ts'
import { cases } from './cases.ts'
import { type Helm, type KubeObject, named, objectsOf, podSpecOf } from './helm.ts'

const UPDATE = process.env.PICKET_UPDATE_GOLDEN === 'true'

interface Agents {
  readonly daemonSet: KubeObject
  readonly config: string
}

const agentsOf = (objects: readonly KubeObject[]): Agents[] =>
  objects
    .filter(({ kind }) => kind === 'DaemonSet')
    .map((daemonSet) => {
      const configMap = objects.find(
        ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === daemonSet.metadata.name,
      )
      return { daemonSet, config: configMap?.data?.['picket.yaml'] ?? '' }
    })

const containerOf = ({ daemonSet }: Agents) => {
  const [container] = podSpecOf(daemonSet).containers
  assert.ok(container)
  return container
}

const environmentOf = (agents: Agents): Record<string, string> =>
  Object.fromEntries(containerOf(agents).env.map(({ name, value }) => [name, value ?? 'x']))

/** Paths below /etc/picket that the pod will have. */
const filesOf = ({ daemonSet }: Agents): string[] => {
  const volume = podSpecOf(daemonSet).volumes.find(({ name }) => name === 'config')
  const items = volume?.projected?.sources.flatMap(({ secret }) => secret?.items ?? []) ?? []
  return items.map(({ path }) => `/etc/picket/${path}`)
}

const checkAgents = (agents: Agents): void => {
  const named = [...agents.config.matchAll(/\/etc\/picket\/[\w./]+/g)].map(([path]) => path)
  assert.deepEqual([...new Set(named)].sort(), filesOf(agents).sort())
  const files = Object.fromEntries(filesOf(agents).map((path) => [path, 'x']))
  const checked = checkConfig(agents.config, references(environmentOf(agents), files))
  assert.deepEqual(checked.kind === 'mistaken' ? checked.mistakes : [], [])
}

/** The page listens where nobody but `kubectl port-forward` comes, or asks for the token. */
const isClosed = (agents: Agents): boolean => {
  const { server } = parse(agents.config) as { server: { page: string; token?: string } }
  const ports = containerOf(agents).ports.map(({ name }) => name)
  const hostNetwork = podSpecOf(agents.daemonSet).hostNetwork === true
  const shut = server.page === 'off' || (server.page.startsWith('127.0.0.1:') && !hostNetwork)
  return server.token !== undefined || (shut && !ports.includes('page'))
}

/** Of a revision that is tried on canaries and may be put back, the pods have the configuration in themselves. */
const ownConfigChecks = async (context: TestContext, helm: Helm): Promise<void> => {
  const set = ['nodeClasses[0].name=gpu', 'nodeClasses[0].selector.matchLabels.gpu=x']
  set.push('nodeClasses[0].config.log.level=debug', 'agent.rollout.kind=picket')
  await context.test('a rollout by the controller, and its rollback, take the configuration with them', () => {
    for (const { daemonSet, config } of agentsOf(objectsOf(helm.template({ set })))) {
      const volume = podSpecOf(daemonSet).volumes.find(({ name }) => name === 'config')
      assert.deepEqual(volume?.projected?.sources, [
        {
          downwardAPI: {
            items: [{ path: 'picket.yaml', fieldRef: { fieldPath: "metadata.annotations['picket.dev/config']" } }],
          },
        },
      ])
      const annotations = daemonSet.spec?.template?.metadata.annotations
      assert.deepEqual(parse(annotations?.['picket.dev/config'] ?? ''), parse(config))
    }
  })
}

export const goldenChecks = async (context: TestContext, helm: Helm): Promise<void> => {
  await ownConfigChecks(context, helm)
  for (const { name, values, golden } of cases) {
    await context.test(`values ${name} give what test/golden/chart has`, () => {
      const rendered = helm.template({ files: [values] })
      if (UPDATE) {
        fs.mkdirSync(dirname(golden), { recursive: true })
        fs.writeFileSync(golden, rendered)
      }
      assert.equal(rendered, fs.readFileSync(golden, 'utf8'), 'PICKET_UPDATE_GOLDEN=true npm run lab -- chart')
      const objects = objectsOf(rendered)
      const names = objects.map((object) => `${object.metadata.namespace ?? ''} ${named(object)}`)
      assert.deepEqual(
        names.filter((one, i) => names.indexOf(one) !== i),
        [],
        'two objects of one name',
      )
      for (const agents of agentsOf(objects)) {
        checkAgents(agents)
        assert.ok(isClosed(agents), `the page of ${agents.daemonSet.metadata.name} is closed`)
      }
    })
  }
}
