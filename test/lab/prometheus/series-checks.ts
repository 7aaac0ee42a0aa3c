import { readExposition, type Series } from './exposition-lines.ts'

/**
 * What node_exporter tells of itself, and of subjects that docs/metrics.md names as left to it. Everything else that it exports on
 * this machine must be there.
 */
const LEFT_TO_IT =
  /^(go_|process_|promhttp_|node_exporter_build_info|node_scrape_collector_|node_(bcache|bcachefs|bonding|btrfs|dmi|dmmultipath|drbd|edac|fibrechannel|infiniband|ipvs|kernel_hung|md|mountstats|nfs|nfsd|nvme|rapl|tape|watchdog|xfs|zfs)_)/

const shared = (text: string): ReadonlyMap<string, Series> =>
  new Map([...readExposition(text)].filter(([key]) => !LEFT_TO_IT.test(key)))

/** Series that node_exporter has and Picket lacks by name, labels and type; labels of later releases than this one are taken off ours. */
export const lacking = (exporter: string, picket: string, laterLabels: readonly string[]): readonly string[] => {
  const ours = readExposition(picket, laterLabels)
  return [...shared(exporter)]
    .filter(([key, { type }]) => ours.get(key)?.type !== type)
    .map(([key, { type }]) => `${type} ${key}${ours.has(key) ? ` (ours is a ${ours.get(key)?.type})` : ''}`)
}

/** Things that come and go in the moment between two scrapes: bytes of memory and disk, processes, sockets. */
const slackOf = (key: string): number => (/_bytes(\{|$)/.test(key) ? 64 * 2 ** 20 : /_seconds(\{|$)/.test(key) ? 1 : 50)

const near = (key: string, value: number, low: number, high: number): boolean => {
  const slack = 0.02 * Math.abs(high) + slackOf(key)
  return value >= low - slack && value <= high + slack
}

// 0.1 + 0.2: two programs divide and add in different orders.
const ROUNDING = 1e-9

const between = (value: number, low: number, high: number): boolean =>
  value >= low * (1 - ROUNDING) && value <= high * (1 + ROUNDING)

/** Values of a scrape of Picket that do not fit those of node_exporter just before and just after. */
export const straying = (before: string, picket: string, after: string): readonly string[] => {
  const [ours, later] = [readExposition(picket), shared(after)]
  return [...shared(before)].flatMap(([key, { type, value: low }]) => {
    const [mine, high] = [ours.get(key)?.value, later.get(key)?.value]
    if (mine === undefined || high === undefined) return []
    const [least, most] = [Math.min(low, high), Math.max(low, high)]
    const fits = type === 'counter' ? between(mine, least, most) : near(key, mine, least, most)
    return fits || Object.is(mine, low) ? [] : [`${key} ${mine}, node_exporter ${low} before and ${high} after`]
  })
}
