export interface Mount {
  readonly device: string
  readonly mountPoint: string
  readonly fsType: string
  readonly major: string
  readonly minor: string
  readonly readOnly: boolean
}

const OCTAL = /\\([0-7]{3})/g

/** The kernel writes blank, tab, newline and backslash of a mount point as \040, \011, \012 and \134 (fs/proc_namespace.c, show_mountinfo). */
const plainText = (text: string): string =>
  text.includes('\\') ? text.replace(OCTAL, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))) : text

/** The mount, or the file system, may be read-only; or the file system has made itself so after an error. */
const isReadOnly = (mountOptions: string, superOptions: string): boolean =>
  mountOptions.split(',').includes('ro') ||
  superOptions.split(',').some((option) => option === 'ro' || option === 'emergency_ro')

const parseLine = (line: string): Mount[] => {
  const fields = line.split(' ')
  const [, , version = '', , mountPoint = '', mountOptions = ''] = fields
  // Optional fields (`shared:1`) stand before the dash.
  const dash = fields.indexOf('-', 6)
  const [fsType = '', device = '', superOptions = ''] = dash === -1 ? [] : fields.slice(dash + 1)
  const colon = version.indexOf(':')
  if (fsType === '' || colon === -1) return []
  return [
    {
      // Verbatim, as node_exporter has it: `a\040b` for a device that is called `a b`.
      device,
      mountPoint: plainText(mountPoint),
      fsType,
      major: version.slice(0, colon),
      minor: version.slice(colon + 1),
      readOnly: isReadOnly(mountOptions, superOptions),
    },
  ]
}

/** proc_pid_mountinfo(5). Lines that are cut short are left out. */
export const parseMountinfo = (text: string): Mount[] => text.split('\n').flatMap(parseLine)
