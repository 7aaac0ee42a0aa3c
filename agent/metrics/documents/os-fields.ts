import { parseOsRelease } from '../os-release.ts'

/** ECS: "OS family (such as redhat, debian, freebsd, windows)"; what the distribution says it is like. */
const FAMILIES = ['debian', 'redhat', 'suse', 'arch', 'alpine', 'gentoo'] as const
const ALIASES: Readonly<Record<string, string>> = {
  rhel: 'redhat',
  fedora: 'redhat',
  centos: 'redhat',
  rocky: 'redhat',
  almalinux: 'redhat',
  amzn: 'redhat',
  ol: 'redhat',
  ubuntu: 'debian',
  sles: 'suse',
  opensuse: 'suse',
}

const familyOf = (id: string, like: string): string | undefined =>
  [id, ...like.split(/\s+/)]
    .map((word) => ALIASES[word] ?? ALIASES[word.split('-')[0] ?? ''] ?? word)
    .find((word) => (FAMILIES as readonly string[]).includes(word))

/** ECS host.os of what os-release(5) says; undefined fields are left out by JSON. */
export const osFields = (osRelease: string, kernel: string) => {
  const said = parseOsRelease(osRelease)
  const id = said.get('ID') ?? 'linux'
  return {
    type: 'linux',
    platform: id,
    name: said.get('NAME'),
    version: said.get('VERSION') ?? said.get('VERSION_ID'),
    codename: said.get('VERSION_CODENAME'),
    full: said.get('PRETTY_NAME'),
    family: familyOf(id, said.get('ID_LIKE') ?? ''),
    kernel,
  }
}
