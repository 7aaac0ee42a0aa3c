import { generateKeyPairSync } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'

/** Users by static token. `picket` has no rights but those that a test gives. */
const USERS = [
  { token: 'lab-admin-token', user: 'admin', group: 'system:masters' },
  { token: 'lab-picket-token', user: 'picket', group: '' },
  { token: 'lab-controller-manager-token', user: 'system:kube-controller-manager', group: '' },
  { token: 'lab-scheduler-token', user: 'system:kube-scheduler', group: '' },
] as const

export const tokens = {
  admin: 'lab-admin-token',
  picket: 'lab-picket-token',
  controllerManager: 'lab-controller-manager-token',
  scheduler: 'lab-scheduler-token',
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
export const writeKubeconfig = (file: string, port: number, caFile: string, token: string): string => {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority': caFile } }],
    users: [{ name: 'lab', user: { token } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab' } }],
    'current-context': 'lab',
  }
  fs.writeFileSync(file, JSON.stringify(config), { mode: 0o600 })
  return file
}
