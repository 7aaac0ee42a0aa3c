/** A list of CPUs as the kernel writes it (Documentation/admin-guide/cputopology.rst): `0-3,8` → 0, 1, 2, 3, 8. Empty: none. */
export const parseCpuList = (text: string): readonly string[] =>
  text
    .trim()
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [, one, other = one] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? []
      const [first, last] = [Number(one), Number(other)]
      if (Number.isNaN(first) || last < first || last > MOST)
        throw new Error(`a list of CPUs is not understood: ${JSON.stringify(text)}`)
      return Array.from({ length: last - first + 1 }, (_, i) => String(first + i))
    })

// CONFIG_NR_CPUS goes to 8192.
const MOST = 65_536
