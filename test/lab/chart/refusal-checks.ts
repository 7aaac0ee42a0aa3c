import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { cases } from './cases.ts'
import { CHART, type Helm } from './helm.ts'

interface Refusal {
  readonly title: string
  readonly set: readonly string[]
  readonly words: RegExp
}

const bySchema: readonly Refusal[] = [
  { title: 'a key that there is not', set: ['agents.hostPort=1'], words: /additional properties 'agents' not allowed/ },
  {
    title: 'a key of the agent’s configuration that there is not',
    set: ['config.outputs.elasticsearch.hots=x'],
    words: /'\/config\/outputs\/elasticsearch': additional properties 'hots' not allowed/,
  },
  {
    title: 'a wrong unit in the agent’s configuration',
    set: ['config.outputs.elasticsearch.buffer.total_limit_size=4Gi'],
    words: /total_limit_size': '4Gi' does not match pattern/,
  },
  {
    title: 'a duration without a unit',
    set: ['config.checkpoint_interval=5'],
    words: /checkpoint_interval': got number, want string/,
  },
  {
    title: 'a wrong unit in a quantity',
    set: ['agent.resources.limits.memory=200MB'],
    words: /limits\/memory': '200MB' does not match pattern/,
  },
  {
    title: 'a credential that would be in a ConfigMap',
    set: ['config.outputs.elasticsearch.api_key=c2VjcmV0'],
    words: /api_key': 'c2VjcmV0' does not match pattern '\^\(file:\/\|/,
  },
  {
    title: 'an output without its kind',
    set: ['config.outputs.mine.path=/x'],
    words: /'\/config\/outputs\/mine': missing property 'kind'/,
  },
  {
    title: 'what the chart sets itself: the page’s address',
    set: ['config.server.page=:9465'],
    words: /'\/config\/server': additional properties 'page' not allowed/,
  },
  {
    title: 'the same for a class of nodes',
    set: ['nodeClasses[0].name=a', 'nodeClasses[0].selector.matchLabels.a=b', 'nodeClasses[0].config.state_dir=/x'],
    words: /'\/nodeClasses\/0\/config': additional properties 'state_dir' not allowed/,
  },
  {
    title: 'hostPort together with a surge',
    set: ['agent.hostPort=9464', 'agent.rollout.maxSurge=1'],
    words: /'\/agent\/hostPort': value must be 0/,
  },
  {
    title: 'hostNetwork together with a surge',
    set: ['agent.hostNetwork=true', 'agent.rollout.maxSurge=10%'],
    words: /'\/agent\/hostNetwork': value must be false/,
  },
  {
    title: 'the page on the pod’s address without a token',
    set: ['agent.page.listen=pod'],
    words: /'\/agent\/tokenSecret': minLength: got 0, want 1/,
  },
  {
    title: 'the page on a port of the node, listening on loopback',
    set: ['agent.page.hostPort=9465'],
    words: /'\/agent\/page\/listen': value must be 'pod'/,
  },
  {
    title: 'liveness after fewer than three failures',
    set: ['agent.probes.liveness.failureThreshold=2'],
    words: /failureThreshold': minimum: got 2, want 3/,
  },
  {
    title: 'a probe that is not by HTTP',
    set: ['agent.probes.liveness.exec.command={true}'],
    words: /liveness': additional properties 'exec' not allowed/,
  },
  {
    title: 'rollouts by the controller without it',
    set: ['agent.rollout.kind=picket', 'controller.enabled=false'],
    words: /'\/controller\/enabled': value must be true/,
  },
  {
    title: 'a label of the pods that selects them',
    set: ['agent.podLabels.picket\\.dev/node-class=mine'],
    words: /'\/agent\/podLabels\/picket.dev~1node-class': false schema/,
  },
  {
    title: 'a class of nodes without a selector',
    set: ['nodeClasses[0].name=gpu'],
    words: /'\/nodeClasses\/0': missing property 'selector'/,
  },
  {
    title: 'a class of nodes whose name does not fit',
    set: ['nodeClasses[0].name=a-name-that-is-too-long', 'nodeClasses[0].selector.matchLabels.a=b'],
    words: /'\/nodeClasses\/0\/name': maxLength: got 23, want 20/,
  },
]

const byTemplate: readonly Refusal[] = [
  {
    title: 'a shutdown_grace that is not below the grace period',
    set: ['config.shutdown_grace=30s'],
    words: /config.shutdown_grace of class default is 30s; it must be below agent.terminationGracePeriodSeconds \(30\)/,
  },
  {
    title: 'the same in a class of nodes, in other units',
    set: [
      'nodeClasses[0].name=gpu',
      'nodeClasses[0].selector.matchLabels.a=b',
      'nodeClasses[0].config.shutdown_grace=0.5m500ms',
    ],
    words: /config.shutdown_grace of class gpu is 0.5m500ms/,
  },
  {
    title: 'two classes of nodes of one name',
    set: ['0', '1'].flatMap((i) => [`nodeClasses[${i}].name=gpu`, `nodeClasses[${i}].selector.matchLabels.a=b`]),
    words: /nodeClasses: the name gpu is taken/,
  },
  {
    title: 'a port of the node that is not the pod’s, on the node’s own network',
    set: ['agent.hostNetwork=true', 'agent.hostPort=9999'],
    words: /with hostNetwork a port of the pod is one of the node/,
  },
  {
    title: 'a rolling update that may take down no agent and add none',
    set: ['agent.rollout.maxUnavailable=0%'],
    words: /with maxUnavailable 0 and no maxSurge no agent may ever be replaced/,
  },
  {
    title: 'the same of controllers on the node’s own network',
    set: ['controller.hostNetwork=true', 'controller.maxUnavailable=0'],
    words: /with hostNetwork a new controller needs the port of an old one/,
  },
]

/** A key without a value, as in a file of values where all below it is commented out: helm takes the chart's default away. */
const emptied = [
  ...['commonLabels', 'config', 'nodeClasses', 'image.pullSecrets', 'elasticsearch.hosts', 'networkPolicy.from'],
  ...['nodeSelector', 'affinity', 'annotations', 'podAnnotations', 'podLabels', 'podSecurityContext'].map(
    (key) => `agent.${key}`,
  ),
  ...['securityContext', 'tolerations.extra', 'extraEnv', 'extraVolumes', 'extraVolumeMounts', 'extraArgs'].map(
    (key) => `agent.${key}`,
  ),
  ...['nodeSelector', 'affinity', 'tolerations', 'podLabels', 'podAnnotations', 'extraEnv'].map(
    (key) => `controller.${key}`,
  ),
]

const wordsOf = (helm: Helm, set: readonly string[], ...more: readonly string[]): string => {
  const values = set.flatMap((value) => ['--set', value])
  const { code, error } = helm.run('template', 'lab', CHART, ...values, ...more)
  assert.equal(code, 1, `helm takes ${set.join(' ')}`)
  return error
}

export const refusalChecks = async (context: TestContext, helm: Helm): Promise<void> => {
  await context.test('helm lint --strict has nothing to say of any set of values', () => {
    for (const { name, values } of cases) {
      const { code, out, error } = helm.run('lint', '--strict', CHART, '--values', values)
      assert.equal(code, 0, `${name}: ${out}${error}`)
    }
  })
  for (const { title, set, words } of bySchema)
    await context.test(`the schema refuses ${title}`, () => assert.match(wordsOf(helm, set), words))
  for (const { title, set, words } of byTemplate)
    await context.test(`the templates refuse ${title}`, () => assert.match(wordsOf(helm, set), words))
  await context.test('a list or a map that is left empty is one without anything in it', () => {
    assert.equal(helm.template({ set: emptied.map((key) => `${key}=null`) }), helm.template({}))
  })
  await context.test('what is dangerous is refused without the schema too', () => {
    const bare = '--skip-schema-validation'
    assert.match(wordsOf(helm, ['agent.page.listen=pod'], bare), /it needs agent.tokenSecret/)
    assert.match(wordsOf(helm, ['agent.page.hostPort=9465'], bare), /agent.page.hostPort needs agent.page.listen pod/)
    assert.match(wordsOf(helm, ['agent.hostPort=1', 'agent.rollout.maxSurge=1'], bare), /cannot have one port of it/)
    assert.match(wordsOf(helm, ['agent.rollout.kind=picket', 'controller.enabled=false'], bare), /needs the controller/)
  })
}
