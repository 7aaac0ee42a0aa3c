import { PAIRS } from './memory'

// Copies n bytes, 32 at a time: writes up to 31 bytes past the end.
// @ts-ignore
@inline export function copy(target: usize, source: usize, n: usize): usize {
  for (let i: usize = 0; i < n; i += 32) {
    const a = v128.load(source + i), b = v128.load(source + i, 16);
    v128.store(target + i, a);
    v128.store(target + i, b, 16);
  }
  return target + n;
}

// How many decimal digits.
// @ts-ignore
@inline export function digitsOf(v: u64): usize {
  if (v < 10000) return v < 100 ? (v < 10 ? 1 : 2) : v < 1000 ? 3 : 4;
  if (v < 100000000) return v < 1000000 ? (v < 100000 ? 5 : 6) : v < 10000000 ? 7 : 8;
  let n: usize = 8;
  for (let rest = v / 100000000; rest; rest /= 10) n++;
  return n;
}

// Writes v with exactly n digits ending at `end`; v < 2^32.
// @ts-ignore
@inline function smallDecimal(end: usize, v: u32): void {
  let p = end, rest = v;
  while (rest >= 100) {
    const q = rest / 100;
    p -= 2;
    store<u16>(p, load<u16>(PAIRS + (<usize>(rest - q * 100) << 1)));
    rest = q;
  }
  if (rest >= 10) store<u16>(p - 2, load<u16>(PAIRS + (<usize>rest << 1)));
  else store<u8>(p - 1, <u8>(48 + rest));
}

function largeDecimal(end: usize, v: u64): void {
  let p = end, rest = v;
  do {
    const q = rest / 10;
    store<u8>(--p, <u8>(48 + (rest - q * 10)));
    rest = q;
  } while (rest);
}

// Writes v in its n = digitsOf(v) digits.
// @ts-ignore
@inline export function decimal(target: usize, v: u64, n: usize): usize {
  if (v >> 32) largeDecimal(target + n, v);
  else smallDecimal(target + n, <u32>v);
  return target + n;
}
