// Deflate (RFC 1951), made while the body is written, in one block with Huffman codes that the host gives once. It knows what
// it repeats: the fixed parts of a document are matches to the last document of the same stream, found without a search; only
// the message goes through a hash table.

import { DISTANCES, HASH, LENGTHS, LITERALS, PACKED_END, PREVIOUS } from './memory'

const HASH_BITS: u32 = 13
const WINDOW: usize = 32768
// How far back a document may lie whose parts are repeated: its parts lie a few digits further than its beginning.
const REPEAT: usize = 30000
const LONGEST: usize = 258

const END_BYTES: usize = 3 // `"}\n`
const BEFORE_MESSAGE: usize = 13 // `},"message":"`

// PREVIOUS, of a stream
const P_START: usize = 0
const P_AFTER_ID: usize = 4
const P_TEXT: usize = 8
const P_OFFSET: usize = 12
const P_TAIL: usize = 16
const P_MESSAGE: usize = 20
const P_SIZE: usize = 32

export let packing: bool = false
let slot: usize = 0   // where the plain body begins
let done: usize = 0   // what of it is packed
let target: usize = 0 // next byte of output
let acc: u64 = 0      // bits not yet written, and how many
let count: u32 = 0

// @ts-ignore
@inline function bits(code: u32): void { acc |= <u64>(code & 0xffffff) << count; count += code >> 24; }
// @ts-ignore
@inline function drain(): void {
  store<u64>(target, acc);
  target += count >> 3;
  acc >>= <u64>(count & 0x38);
  count &= 7;
}

// Begins a body at `plain`; the output, with its header, goes on at `out` with the bits of `head`.
export function packBegin(plain: usize, out: usize, head: u32, headCount: u32): void {
  packing = true;
  slot = plain; done = plain; target = out; acc = head; count = headCount;
  memory.fill(HASH, 0, 4 << HASH_BITS);
  packForget();
}

// The next document has other constant texts than those before.
export function packForget(): void { memory.fill(PREVIOUS, 0, 3 * P_SIZE); }

// Ends the body at `end`: end of block, whole bytes.
export function packEnd(end: usize): void {
  literals(done, end);
  bits(load<u32>(LITERALS + 256 * 4));
  drain();
  store<u64>(target, acc);
  store<u32>(PACKED_END, <u32>(target + ((count + 7) >> 3)));
}

// @ts-ignore
@inline function code(p: usize): u32 { return load<u32>(LITERALS + (<usize>load<u8>(p) << 2)); }

// No literal has more than 13 bits, so four fit besides the seven left over.
function literals(from: usize, to: usize): void {
  let p = from;
  for (const fours = to - 3; p < fours && to > 3; p += 4) { bits(code(p)); bits(code(p + 1)); bits(code(p + 2)); bits(code(p + 3)); drain(); }
  for (; p < to; p++) { bits(code(p)); drain(); }
}

// 3 ≤ n ≤ 258, 1 ≤ distance ≤ 32768
// @ts-ignore
@inline function match(n: usize, distance: usize): void {
  const x = <u32>distance - 1;
  bits(load<u32>(LENGTHS + (n << 2)));
  if (x < 4) bits(load<u32>(DISTANCES + (<usize>x << 2)));
  else {
    const extra = 30 - clz(x);
    bits(load<u32>(DISTANCES + (<usize>((extra << 1) + (x >> extra)) << 2)));
    acc |= <u64>(x & ((1 << extra) - 1)) << count;
    count += extra;
  }
  drain();
}

// How far p and its like at s agree, up to `limit`.
// @ts-ignore
@inline function agree(p: usize, s: usize, limit: usize): usize {
  let q = p, r = s;
  while (q < limit) {
    const unlike = i8x16.bitmask(i8x16.ne(v128.load(q), v128.load(r)));
    if (unlike) { q += ctz(unlike); break; }
    q += 16; r += 16;
  }
  return q < limit ? q : limit;
}

// Packs what p repeats of s, up to `limit`; returns where they part.
function repeat(p: usize, s: usize, limit: usize): usize {
  const distance = p - s;
  // A message may lie further from the last one than its document does, behind a long list of spans.
  if (p >= limit || distance > WINDOW) return p;
  const end = agree(p, s, limit);
  let n = end - p;
  while (n >= LONGEST + 3) { match(LONGEST, distance); n -= LONGEST; }
  if (n > LONGEST) { match(n - 3, distance); n = 3; }
  if (n >= 3) match(n, distance); else literals(end - n, end);
  return end;
}

// A text that is like the one at s but for some letters.
function resemble(p: usize, s: usize, limit: usize): void {
  for (let q = p; q < limit; q++) {
    q = repeat(q, s + (q - p), limit);
    if (q < limit) literals(q, q + 1);
  }
}

// Anything: matches are searched with the hash of four bytes.
function search(from: usize, end: usize): void {
  let p = from, anchor = from;
  while (p + 4 <= end) {
    const v = load<u32>(p), h = HASH + (<usize>(((load<u64>(p) << 24) * 889523592379) >> (64 - HASH_BITS)) << 2);
    const c = <usize>load<u32>(h);
    store<u32>(h, <u32>p);
    if (load<u32>(c) == v && p - c <= WINDOW) {
      let limit = p + LONGEST;
      if (limit > end) limit = end;
      const q = agree(p + 4, c + 4, limit);
      literals(anchor, p);
      match(q - p, p - c);
      p = q; anchor = q;
    } else p += 1 + ((p - anchor) >> 5);
  }
  literals(anchor, end);
}

// Packs the document whose parts begin at these places (DocumentTexts in event.ts): start, offset of the id, afterId, (time
// follows), text, offset, `,"length":`, message, end. `stream`: 0 stdout, 1 stderr, 2 none.
export function pack(stream: usize, start: usize, id: usize, after: usize, text: usize, offset: usize, tail: usize, message: usize, end: usize): void {
  const own = PREVIOUS + stream * P_SIZE;
  const last = <usize>load<u32>(own, P_START);
  // The three bytes that end a document are left for the match that begins the next one.
  const stop = end - END_BYTES;
  if (last && start - last <= REPEAT) {
    let p = done;
    if (last == slot) { literals(p, start); p = start; }
    p = repeat(p, last - (start - p), after);
    literals(p, after);
    p = repeat(after, load<u32>(own, P_AFTER_ID), text);
    literals(p, text);
    resemble(text, load<u32>(own, P_TEXT), offset);
    if (after > id) { p = repeat(offset, id, tail); literals(p, tail); }
    else { p = repeat(offset, load<u32>(own, P_OFFSET), tail); literals(p, tail); }
    p = repeat(tail, load<u32>(own, P_TAIL), message);
    const fixed = message - BEFORE_MESSAGE;
    if (p < fixed) { literals(p, fixed); p = fixed; }
    let shared = message + 16;
    if (shared > stop) shared = stop;
    p = repeat(p, load<u32>(own, P_MESSAGE) - (message - p), shared);
    search(p, stop);
  } else search(done, stop);
  done = stop;
  store<u32>(own, <u32>start, P_START);
  store<u32>(own, <u32>after, P_AFTER_ID);
  store<u32>(own, <u32>text, P_TEXT);
  store<u32>(own, <u32>offset, P_OFFSET);
  store<u32>(own, <u32>tail, P_TAIL);
  store<u32>(own, <u32>message, P_MESSAGE);
}
