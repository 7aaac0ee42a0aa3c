export interface TaintSettings {
  /** picket.dev/agent-not-ready. Its effect is NoSchedule always: NoExecute would evict what runs, for the lack of its log. */
  readonly key: string
  /** bootstrap: taken off once in a node's life. continuous: put back while the agent is not Ready. */
  readonly mode: 'bootstrap' | 'continuous'
  /** continuous: an agent may be away for so long, for its own restart or its rollout. */
  readonly backAfterMs: number
}
