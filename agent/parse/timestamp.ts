/** RFC 3339 as container runtimes write it: upper case, up to nanoseconds, `Z` or a zone offset. */
const SHAPE = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):[0-5]\d(?:\.\d{1,9})?(?:Z|([+-])(\d\d):(\d\d))$/

/** date_nanos holds 1970 to 2262-04-11T23:47:16.854775807Z; the last whole minute before that. */
const LAST_MINUTE_MS = Date.UTC(2262, 3, 11, 23, 46)

/** java.time.ZoneOffset: at most 18 hours either way. */
const MAX_ZONE_MINUTES = 18 * 60

/**
 * Whether Elasticsearch would index this text as a `date` or `date_nanos` (strict_date_optional_time: a real calendar date,
 * hours to 23, no leap second). What it would reject with a 400 is not a time stamp here either, so that a line with such a
 * text is shipped as unparsed instead of being lost.
 */
export const isTimestamp = (text: string): boolean => {
  const found = SHAPE.exec(text)
  if (!found) return false
  const [year, month, day, hour, minute] = [1, 2, 3, 4, 5].map((group) => Number(found[group])) as Five
  const zoneHours = Number(found[7] ?? 0)
  const zoneMinutes = Number(found[8] ?? 0)
  const zone = zoneHours * 60 + zoneMinutes
  if (hour > 23 || minute > 59 || zoneMinutes > 59 || zone > MAX_ZONE_MINUTES) return false
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute))
  if (local.getUTCDate() !== day || local.getUTCMonth() !== month - 1 || local.getUTCFullYear() !== year) return false
  const utcMs = local.getTime() - (found[6] === '-' ? -zone : zone) * 60_000
  return inRange(utcMs) && inRange(local.getTime())
}

/** Held by the local time too, so that a minute which is good in one zone is good in UTC (the kernel remembers minutes). */
const inRange = (ms: number): boolean => ms >= 0 && ms <= LAST_MINUTE_MS

type Five = [number, number, number, number, number]
