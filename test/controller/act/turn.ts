import { createAct } from '../../../controller/act/act.ts'
import type { Action, ClusterEvent, DaemonSet, Observation, Plan, Pod, Revision } from '../../../controller/cluster.ts'
import { createExpectations } from '../../../controller/queue/expectations.ts'
import { createModelClock } from '../../support/model-clock.ts'
import { daemonSet, NAMESPACE } from '../plan/cluster-objects.ts'
import { createModelApi } from './model-api.ts'

export const KEY = `${NAMESPACE}/agent`
export const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`
export const REVISIONS = `/apis/apps/v1/namespaces/${NAMESPACE}/controllerrevisions`
export const SET = `/apis/apps/v1/namespaces/${NAMESPACE}/daemonsets/agent`

export const NO_PLAN: Plan = {
  claims: [],
  history: [],
  pods: [],
  cleanup: [],
  status: undefined,
  events: [],
  backoff: new Map(),
  requeueAfterMs: undefined,
}

export const observationOf = (fields: Partial<Observation> = {}): Observation => ({
  nowMs: 0,
  daemonSet: daemonSet(),
  nodes: [],
  pods: [],
  revisions: [],
  satisfied: true,
  namespaceTerminating: false,
  backoff: new Map(),
  ...fields,
})

/** A server that has the DaemonSet, and what is needed to carry plans out there. */
export const createTurn = () => {
  const api = createModelApi()
  const expectations = createExpectations(createModelClock())
  const events: ClusterEvent[] = []
  const acted: [Action['kind'], string][] = []
  const written: string[] = []
  api.put(SET, { metadata: { uid: daemonSet().uid }, spec: {}, status: { conditions: ['somebody else’s'] } })
  const act = createAct({
    send: api.send,
    expectations: () => ({
      expect: (creates, deletes) => expectations.expect(KEY, creates, deletes),
      creationObserved: () => expectations.creationObserved(KEY),
      deletionObserved: () => expectations.deletionObserved(KEY),
      lower: (creates) => expectations.lower(KEY, creates),
    }),
    wrote: (_, resource, version) => written.push(`${resource} ${version}`),
    event: (event) => events.push(event),
    acted: (_, { kind }, error) => acted.push([kind, error ? error.message : 'done']),
  })
  const run = async (plan: Partial<Plan>, fields: Partial<DaemonSet> = {}): Promise<string | undefined> => {
    const observation = observationOf({ daemonSet: daemonSet(fields) })
    return (await act(observation, { ...NO_PLAN, ...plan }, new AbortController().signal))?.message
  }
  const putPod = ({ name, uid, labels }: Pod, more: object = {}): void =>
    api.put(`${PODS}/${name}`, { metadata: { name, uid, labels, ...more } })
  const putRevision = ({ name, uid, labels, revision, data }: Revision): string => {
    api.put(`${REVISIONS}/${name}`, { metadata: { name, uid, labels }, revision, data })
    return api.objects.get(`${REVISIONS}/${name}`)?.metadata.resourceVersion ?? ''
  }
  return {
    api,
    run,
    events,
    acted,
    written,
    putPod,
    putRevision,
    /** Pods that were made come through the watch. */
    observe: (count: number): void => {
      for (let i = 0; i < count; i++) expectations.creationObserved(KEY)
    },
    satisfied: () => expectations.satisfied(KEY),
    said: () => events.map(({ type, reason, message }) => `${type} ${reason} ${message}`),
    names: (below: string) => [...api.objects.keys()].filter((path) => path.startsWith(below)),
  }
}
