//! The letters of JSON: texts and numbers, written for speed, as a report of a large run is hundreds of megabytes of them.

/// How many bytes of a text are looked at together.
const PIECE: usize = 64;
/// How many are copied together. What is copied too far is written over by what follows.
const RUN: usize = 16;
/// For how many bytes room is made at once.
const STRETCH: usize = 1024;
/// So long are most texts but bodies.
const BRIEF: usize = 48;
/// In each byte the lowest bit, and the highest.
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// What stands behind the backslash for each byte that has one; `u` for those that are written by their number.
const ESCAPES: [u8; 256] = escapes();

const fn escapes() -> [u8; 256] {
    let mut escapes = [0; 256];
    let mut control = 0;
    while control < 0x20 {
        escapes[control] = b'u';
        control += 1;
    }
    escapes[b'\n' as usize] = b'n';
    escapes[b'\r' as usize] = b'r';
    escapes[b'\t' as usize] = b't';
    escapes[0x08] = b'b';
    escapes[0x0c] = b'f';
    escapes[b'"' as usize] = b'"';
    escapes[b'\\' as usize] = b'\\';
    escapes
}

/// A text, quoted and escaped.
pub(super) fn quoted(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    if bytes.len() <= BRIEF && plain(out, bytes) {
        return;
    }
    out.push(b'"');
    for part in bytes.chunks(STRETCH) {
        let start = out.len();
        // All of it may be escaped, and some is copied too far.
        out.resize(start + 2 * part.len() + RUN, 0);
        match short(&mut out[start..], part) {
            Some(length) => out.truncate(start + length),
            None => {
                out.truncate(start);
                numbered(out, part);
            }
        }
    }
    out.push(b'"');
}

/// Writes a brief text if nothing in it is escaped, without a call and with few questions: most are brief.
#[inline(always)]
fn plain(out: &mut Vec<u8>, bytes: &[u8]) -> bool {
    let start = out.len();
    // Both quotes stand there by this.
    out.resize(start + BRIEF + 2, b'"');
    let room = &mut out[start + 1..];
    let mut escaped = 0;
    match bytes.last_chunk::<8>() {
        Some(last) => {
            for (word, place) in bytes
                .as_chunks::<8>()
                .0
                .iter()
                .zip(room.chunks_exact_mut(8))
            {
                escaped |= escaped_of(u64::from_le_bytes(*word));
                place.copy_from_slice(word);
            }
            // What is left over, and some of what is before it again.
            escaped |= escaped_of(u64::from_le_bytes(*last));
            room[bytes.len() - 8..bytes.len()].copy_from_slice(last);
        }
        None => {
            for (byte, place) in bytes.iter().zip(room) {
                escaped |= u64::from(ESCAPES[usize::from(*byte)]);
                *place = *byte;
            }
        }
    }
    let is_plain = escaped == 0;
    out.truncate(start + if is_plain { bytes.len() + 2 } else { 0 });
    is_plain
}

/// Escapes a text in which no byte is written by its number; gives the length of what was written.
#[inline]
fn short(room: &mut [u8], mut bytes: &[u8]) -> Option<usize> {
    let mut end = 0;
    while let Some(piece) = bytes.first_chunk::<{ PIECE + RUN }>() {
        end = in_runs(room, end, piece)?;
        bytes = &bytes[PIECE..];
    }
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        end = in_words(room, end, u64::from_le_bytes(*word), 8)?;
    }
    in_words(room, end, word(rest), rest.len())
}

/// Escapes a piece, behind which more is known to stand. Each run of bytes that stay as they are is copied as one.
#[inline(always)]
fn in_runs(room: &mut [u8], mut end: usize, piece: &[u8; PIECE + RUN]) -> Option<usize> {
    let mut escaped = escaped_in(piece);
    let mut from = 0;
    loop {
        // All of the piece where none is left.
        let next = escaped.trailing_zeros() as usize;
        loop {
            room[end..end + RUN].copy_from_slice(&piece[from..from + RUN]);
            if next <= from + RUN {
                break;
            }
            end += RUN;
            from += RUN;
        }
        end += next - from;
        if escaped == 0 {
            return Some(end);
        }
        let escape = ESCAPES[usize::from(piece[next])];
        if escape == b'u' {
            return None;
        }
        room[end..end + 2].copy_from_slice(&[b'\\', escape]);
        end += 2;
        from = next + 1;
        escaped &= escaped - 1;
    }
}

/// A bit for each byte of a piece that is escaped.
#[inline(always)]
fn escaped_in(piece: &[u8; PIECE + RUN]) -> u64 {
    const BITS: u64 = 0x8040_2010_0804_0201;
    // Asked of all of them, which is much quicker than to ask after each whether to go on.
    let mut flags = [0; PIECE];
    for (flag, byte) in flags.iter_mut().zip(piece) {
        let is_escaped = (*byte < 0x20) | (*byte == b'"') | (*byte == b'\\');
        *flag = if is_escaped { 0xff } else { 0 };
    }
    let mut bits = 0;
    for (at, eight) in flags.as_chunks::<8>().0.iter().enumerate() {
        let eight = u64::from_le_bytes(*eight) & BITS;
        bits |= (eight.wrapping_mul(ONES) >> 56) << (8 * at);
    }
    bits
}

/// Escapes the first bytes of a word.
#[inline(always)]
fn in_words(room: &mut [u8], mut end: usize, mut word: u64, mut count: usize) -> Option<usize> {
    let mut escaped = escaped_of(word);
    if count < 8 {
        escaped &= (1 << (8 * count)) - 1;
    }
    room[end..end + 8].copy_from_slice(&word.to_le_bytes());
    while escaped != 0 {
        let before = escaped.trailing_zeros() as usize / 8;
        word >>= 8 * before;
        let escape = ESCAPES[usize::from(word as u8)];
        if escape == b'u' {
            return None;
        }
        end += before;
        room[end..end + 2].copy_from_slice(&[b'\\', escape]);
        end += 2;
        word >>= 8;
        room[end..end + 8].copy_from_slice(&word.to_le_bytes());
        escaped = escaped >> (8 * before) >> 8;
        count -= before + 1;
    }
    Some(end + count)
}

/// The highest bit of each byte of a word that is escaped.
#[inline(always)]
fn escaped_of(word: u64) -> u64 {
    // That bit is clear where a byte is zero, and where it is less than a space.
    let some = |bytes: u64| ((bytes & !HIGH) + !HIGH) | bytes;
    let printed = ((word & !HIGH) + 0x60 * ONES) | word;
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    !(printed & some(quote) & some(backslash)) & HIGH
}

/// Less than eight bytes as one number.
#[inline(always)]
fn word(rest: &[u8]) -> u64 {
    let bytes = rest.iter().rev();
    bytes.fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// The same of bytes some of which are written by their number.
#[cold]
fn numbered(out: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        match ESCAPES[usize::from(*byte)] {
            0 => out.push(*byte),
            b'u' => {
                let hex = |digit: u8| b"0123456789abcdef"[usize::from(digit & 15)];
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[hex(byte >> 4), hex(*byte)]);
            }
            escape => out.extend_from_slice(&[b'\\', escape]),
        }
    }
}

/// A whole number.
#[inline]
pub(super) fn digits(out: &mut Vec<u8>, mut number: u64) {
    if number < 10 {
        return out.push(digit(&mut number));
    }
    let mut room = [b'0'; 20];
    let mut start = room.len();
    while number > 0 {
        start -= 1;
        room[start] = digit(&mut number);
    }
    out.extend_from_slice(&room[start..]);
}

/// So many parts of a whole that has ten to the power of `PLACES` of them: 1500 with three places is 1.5.
pub(super) fn decimal<const PLACES: usize>(out: &mut Vec<u8>, parts: u64) {
    let whole = 10_u64.pow(PLACES as u32);
    digits(out, parts / whole);
    let (mut room, mut rest) = ([0; PLACES], parts % whole);
    for place in room.iter_mut().rev() {
        *place = digit(&mut rest);
    }
    let zeros = room
        .iter()
        .rev()
        .take_while(|place| **place == b'0')
        .count();
    out.push(b'.');
    // One stays: it is a number that need not be whole.
    out.extend_from_slice(&room[..(PLACES - zeros).max(1)]);
}

/// Takes the last digit from a number.
fn digit(number: &mut u64) -> u8 {
    // It has one.
    let digit = b'0' + (*number % 10) as u8;
    *number /= 10;
    digit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_character_is_escaped_as_json_has_it() {
        let all: String = (0..0x300).filter_map(char::from_u32).collect();
        for text_of in [
            all.as_str(),
            "",
            "plain",
            r#"{"a":"b\\c"}"#,
            &"\"".repeat(200),
            &"\u{1}".repeat(200),
            &format!("{}\u{1}", "\"a".repeat(STRETCH)),
            &format!("{}\n\"", "a".repeat(STRETCH + 70)),
            &"é✓".repeat(60),
            &all[1..],
            &all[33..],
        ] {
            let written = text(|out| quoted(out, text_of));
            assert_eq!(written, serde_json::to_string(text_of).unwrap());
        }
        for sign in ["\"", "\\\\", "\u{1f}", "\u{7f}", "\"\n\""] {
            for length in [0, 1, 6, 7, 8, 9, 20, BRIEF - 2, BRIEF - 1, BRIEF, 180] {
                for at in 0..=length {
                    let (before, after) = ("a".repeat(at), "b".repeat(length - at));
                    let one = format!("{before}{sign}{after}");
                    for text_of in [format!("{sign}{one}"), one] {
                        let written = text(|out| quoted(out, &text_of));
                        assert_eq!(written, serde_json::to_string(&text_of).unwrap());
                    }
                }
            }
        }
    }

    #[test]
    fn numbers_are_written_out() {
        for number in [0, 7, 10, 99, 100, 12_345, u64::MAX] {
            assert_eq!(text(|out| digits(out, number)), number.to_string());
        }
        for (parts, expected) in [
            (0, "0.0"),
            (1, "0.000001"),
            (203, "0.000203"),
            (1_500_000, "1.5"),
            (2_000_000, "2.0"),
            (u64::MAX, "18446744073709.551615"),
        ] {
            assert_eq!(text(|out| decimal::<6>(out, parts)), expected);
        }
        for (parts, expected) in [(100_200, "100.2"), (12_345, "12.345")] {
            assert_eq!(text(|out| decimal::<3>(out, parts)), expected);
        }
    }
}
