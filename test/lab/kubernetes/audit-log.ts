import fs from 'node:fs'

/** What a test asks of audit.k8s.io/v1's Event. */
export interface AuditEvent {
  readonly verb: string
  readonly user: { readonly username: string }
  readonly userAgent: string
  readonly requestURI: string
  readonly stageTimestamp: string
  readonly objectRef?: {
    readonly resource: string
    readonly subresource?: string
    readonly namespace?: string
    readonly name?: string
  }
  readonly responseStatus?: { readonly code: number; readonly reason?: string }
  readonly requestObject?: unknown
  readonly responseObject?: unknown
}

const WRITES = ['create', 'update', 'patch', 'delete', 'deletecollection']

/** Pods' writes with what was sent and answered; else who did what. Nothing of the lab's own admin, who is the test. */
const policy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'RequestResponse', verbs: WRITES, resources: [{ group: '', resources: ['pods'] }] },
    { level: 'None', users: ['admin', 'system:apiserver', 'system:kube-scheduler'] },
    { level: 'Metadata', verbs: WRITES },
    { level: 'Metadata', userGroups: ['system:serviceaccounts:picket-system'] },
    { level: 'None' },
  ],
}

export const writeAuditPolicy = (file: string): void => fs.writeFileSync(file, JSON.stringify(policy))

/** All so far, in the order of their ends. The last line may be half written. */
export const readAuditLog = (file: string): AuditEvent[] => {
  const lines = fs.readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as AuditEvent)
}
