import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

export interface KubeletClient {
  readonly certificate: string
  readonly key: string
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'] as const

/** What the API server shows to kubelets. It signs itself, so it is the authority that they are given too. */
export const writeKubeletClient = (folder: string): KubeletClient => {
  const files = { certificate: join(folder, 'kubelet-client.crt'), key: join(folder, 'kubelet-client.key') }
  const subject = ['-subj', '/O=system:masters/CN=kube-apiserver', '-addext', 'extendedKeyUsage=clientAuth']
  const out = ['-keyout', files.key, '-out', files.certificate]
  execFileSync('openssl', ['req', '-x509', ...KEY, '-days', '2', ...subject, ...out], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return files
}
