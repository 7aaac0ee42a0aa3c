// The head of a CRI line: `YYYY-MM-DDTHH:MM:SS[.1 to 9 digits](Z|±HH:MM) stdout|stderr P|F `, nothing else. Minute and zone are
// compared with the last ones that the host has validated against the calendar; seconds and fraction are checked here.

import { STAMP_MINUTE, STAMP_ZONE, STOP_DONE, STOP_RARE, STOP_STAMP } from './memory'

const STDOUT: u64 = 0x2074756f64747320 // ` stdout `
const STDERR: u64 = 0x2072726564747320 // ` stderr `
const FINAL: u32 = 0x2046 // `F `
const PARTIAL: u32 = 0x2050 // `P `

export let timeLength: usize = 0
/** 0 stdout, 1 stderr */
export let stream: usize = 0
export let partial: bool = false

// Reads the head at p; returns STOP_DONE when it is of the common form, else why not. No byte of it is a newline, so a line
// that ends too early never passes.
// @ts-ignore
@inline export function readHeader(p: usize): u32 {
  if (v128.any_true(v128.xor(v128.load(p), v128.load(STAMP_MINUTE)))) return STOP_STAMP;
  const v = v128.load(p, 16);
  const digits = <u32>i8x16.bitmask(i8x16.lt_u(i8x16.sub(v, i8x16.splat(48)), i8x16.splat(10)));
  if (load<u8>(p, 16) != 58 || (digits & 7) != 6 || load<u8>(p, 17) > 53) return STOP_RARE;
  let zone: usize = 19;
  if (load<u8>(p, 19) == 46) {
    const n = ctz(~(digits >> 4));
    if (n < 1 || n > 9) return STOP_RARE;
    zone = 20 + n;
  }
  if (load<u8>(p + zone) == 90) timeLength = zone + 1;
  else if (load<u32>(p + zone) == load<u32>(STAMP_ZONE) && load<u16>(p + zone, 4) == load<u16>(STAMP_ZONE, 4)) timeLength = zone + 6;
  else return STOP_STAMP;
  const word = load<u64>(p + timeLength);
  if (word == STDOUT) stream = 0;
  else if (word == STDERR) stream = 1;
  else return STOP_RARE;
  const tag = <u32>load<u16>(p + timeLength, 8);
  if (tag != FINAL && tag != PARTIAL) return STOP_RARE;
  partial = tag == PARTIAL;
  return STOP_DONE;
}
