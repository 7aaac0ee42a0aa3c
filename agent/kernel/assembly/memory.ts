// The memory map. The host learns it from these exports; nothing else says where things are.
//
//   0      reserved, stays zero
//   1024   CONTROL   what the host sets for a run and what a run tells (layout below)
//   2048   CARRY     the open record of each stream, 128 bytes each (layout below)
//   2560   PREVIOUS  deflate: where the last document of each stream has its parts, 32 bytes each
//   3072   PAIRS     "00" … "99", 200 bytes
//   4096   TEXTS     the constant texts around documents, each followed by at least SLACK bytes
//   64 K   TABLES    deflate: codes of literals and the end, lengths, distances: bits | count << 24, least significant bit first
//   96 K   HASH      deflate: last position of each hash
//   192 K  CARRIED   escaped content of the open records, CARRIED_BYTES each
//   704 K  INPUT     the block of log
//   1 M    slots: plain bodies, then compressed ones (placed by the host)
//
// Copies go 16 bytes at a time and may write up to SLACK bytes past an end, reads may look as far ahead.

export const SLACK: usize = 64

export const CONTROL: usize = 1024
export const CARRY: usize = 2048
export const PREVIOUS: usize = 2560
export const PAIRS: usize = 3072
export const TEXTS: usize = 4096
export const TEXTS_BYTES: usize = 61440 - 64
export const TABLES: usize = 65536
export const LITERALS: usize = TABLES          // 257 u32, by symbol
export const LENGTHS: usize = TABLES + 2048   // 259 u32, by length of the match, extra bits included
export const DISTANCES: usize = TABLES + 4096 // 30 u32, by symbol, without extra bits
export const HASH: usize = 98304
export const CARRIED: usize = 196608
export const CARRIED_BYTES: usize = 262144
export const INPUT: usize = 720896
export const INPUT_BYTES: usize = 65536
export const SLOTS: usize = 1048576

// CONTROL
export const STAMP_MINUTE: usize = CONTROL          // 16 bytes `YYYY-MM-DDTHH:MM`, the last minute that the host has validated
export const STAMP_ZONE: usize = CONTROL + 16       // 6 bytes `+HH:MM`, its zone where it is not Z
export const COUNT_LINES: usize = CONTROL + 32      // u32, physical lines of this run
export const COUNT_DOCUMENTS: usize = CONTROL + 36  // u32, documents of this run
export const OUT_END: usize = CONTROL + 40          // u32, end of the body after this run
export const STOP: usize = CONTROL + 44             // u32, why the run ended
export const PACKED_END: usize = CONTROL + 48       // u32, end of the compressed body
export const PLAIN_TIME_LENGTH: usize = CONTROL + 52 // u32
export const PLAIN_TIME: usize = CONTROL + 64       // up to 40 bytes, the time stamp of lines that have none

// STOP
export const STOP_DONE: u32 = 0   // all of the input is dealt with
export const STOP_FULL: u32 = 1   // the body is full
export const STOP_RARE: u32 = 2   // the line at the returned position is for the host's plain twin
export const STOP_STAMP: u32 = 3  // its minute or zone is not the validated one

// CARRY, of a stream
export const CARRY_SIZE: usize = 128
export const CARRY_STATE: usize = 0     // u32
export const CARRY_DIRTY: usize = 4     // u32, 1: changed since the host has looked
export const CARRY_ESCAPED: usize = 8   // u32, bytes of escaped content
export const CARRY_RAW: usize = 12      // u32, bytes of content before escaping
export const CARRY_OFFSET: usize = 16   // u64, where in the file the record begins
export const CARRY_END: usize = 24      // u64, end of its last physical line
export const CARRY_TIME_LENGTH: usize = 32 // u32
export const CARRY_TIME: usize = 48     // up to 35 bytes

// CARRY_STATE
export const CARRY_NONE: u32 = 0
export const CARRY_KERNEL: u32 = 1 // one run of physical lines in this file, valid UTF-8, nothing cut
export const CARRY_HOST: u32 = 2   // anything else: lines of this stream are for the twin
