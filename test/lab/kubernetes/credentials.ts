import { generateKeyPairSync } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import type { Address } from './api-client.ts'

/** As whom the kubelet of a real node speaks; kube-proxy has one account on all nodes, bound to its role by the API server itself. */
export const nodeToken = (node: string): string => `lab-kubelet-token-${node}`

/** Real nodes that a cluster of the lab may have; the server reads its tokens once, at its start. */
export const REAL_NODES = ['node-1', 'node-2'] as const

/** Users by static token. `picket` has no rights but those that a test gives. */
const USERS = [
  { token: 'lab-admin-token', user: 'admin', group: 'system:masters' },
  { token: 'lab-picket-token', user: 'picket', group: '' },
  { token: 'lab-controller-manager-token', user: 'system:kube-controller-manager', group: '' },
  { token: 'lab-scheduler-token', user: 'system:kube-scheduler', group: '' },
  { token: 'lab-proxy-token', user: 'system:kube-proxy', group: '' },
  ...REAL_NODES.map((node) => ({ token: nodeToken(node), user: `system:node:${node}`, group: 'system:nodes' })),
] as const

export const tokens = {
  admin: 'lab-admin-token',
  picket: 'lab-picket-token',
  controllerManager: 'lab-controller-manager-token',
  scheduler: 'lab-scheduler-token',
  proxy: 'lab-proxy-token',
} as const

/** sa.key and sa.pub, by which service accounts' tokens are signed, and tokens.csv. */
export const writeCredentials = (folder: string): void => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  fs.writeFileSync(join(folder, 'sa.key'), privateKey, { mode: 0o600 })
  fs.writeFileSync(join(folder, 'sa.pub'), publicKey)
  const lines = USERS.map(({ token, user, group }, i) => `${token},${user},${i}${group === '' ? '' : `,"${group}"`}\n`)
  fs.writeFileSync(join(folder, 'tokens.csv'), lines.join(''), { mode: 0o600 })
}

/** JSON is YAML too. */
export const writeKubeconfig = (file: string, { host, port }: Address, caFile: string, token: string): string => {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster: { server: `https://${host}:${port}`, 'certificate-authority': caFile } }],
    users: [{ name: 'lab', user: { token } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab' } }],
    'current-context': 'lab',
  }
  fs.writeFileSync(file, JSON.stringify(config), { mode: 0o600 })
  return file
}
