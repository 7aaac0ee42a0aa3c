import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What a base image holds. */
export interface Base {
  readonly architecture: 'amd64' | 'arm64'
  /** Files by their path in the image: where each is here. */
  readonly files: Readonly<Record<string, string>>
}

/** The same for every architecture. */
export const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'
export const NODE = '/usr/local/bin/node'

/** Which libraries a program names, and the loader: `libc.so.6 => /lib/…/libc.so.6 (0x…)`, the loader without an arrow. */
export const librariesOf = (program: string): readonly string[] =>
  execFileSync('ldd', [program], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => /(?:=>|^)\s+(\/\S+) \(0x/.exec(line)?.[1] ?? [])

/** This machine's: the pinned Node, the libraries that it names, the certificates. */
export const ownBase = (): Base => ({
  architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
  files: {
    ...Object.fromEntries(librariesOf(process.execPath).map((file) => [file, realpathSync(file)])),
    [CERTIFICATES]: realpathSync(CERTIFICATES),
    [NODE]: realpathSync(process.execPath),
  },
})

/** The users that the two images name, and where names of hosts are looked for (nsswitch.conf(5)). */
const TEXTS = {
  '/etc/passwd':
    'root:x:0:0:root:/nonexistent:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/nonexistent:/sbin/nologin\n',
  '/etc/group': 'root:x:0:\nnonroot:x:65532:\n',
  '/etc/nsswitch.conf': 'hosts: files dns\n',
}

const DOCKERFILE = `FROM scratch
ADD root/ /
ENV PATH=/usr/local/bin:/usr/bin:/bin
`

const place = (root: string, path: string, put: (file: string) => void): void => {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 })
  put(file)
}

/** A slim Node base as a folder to build from: no shell, no package manager, nothing that Node does not need. */
export const writeBaseFolder = (folder: string, files: Base['files']): void => {
  const root = join(folder, 'root')
  for (const [path, from] of Object.entries(files))
    place(root, path, (file) => {
      copyFileSync(from, file)
      chmodSync(file, path.endsWith('.crt') ? 0o644 : 0o755)
    })
  for (const [path, text] of Object.entries(TEXTS)) place(root, path, (file) => writeFileSync(file, text))
  mkdirSync(join(root, 'tmp'))
  chmodSync(join(root, 'tmp'), 0o1777)
  writeFileSync(join(folder, 'Dockerfile'), DOCKERFILE)
}
