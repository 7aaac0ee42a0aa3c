import type { Labels } from '../cluster.ts'

/**
 * Thousands of pods have the same labels, thousands of nodes the same zone, and JSON.parse makes every one anew. What repeats is
 * kept once; a table that has grown to its bound is begun anew, which costs memory and no more.
 */
const MAX_ENTRIES = 8192
/** Of what a stranger has made larger than anything that repeats, no table is filled. */
const MAX_LENGTH = 2048

const texts = new Map<string, string>()
const maps = new Map<string, Labels>()

const kept = <T>(table: Map<string, T>, key: string, value: T): T => {
  if (key.length > MAX_LENGTH) return value
  const known = table.get(key)
  if (known !== undefined) return known
  if (table.size >= MAX_ENTRIES) table.clear()
  table.set(key, value)
  return value
}

/** For texts of which there are few: images, reasons, zones. */
export const internText = (text: string): string => kept(texts, text, text)

/** For maps that are equal as wholes, as those of one template's pods. */
export const internLabels = (labels: Labels): Labels => kept(maps, JSON.stringify(labels), labels)
