//! The letters of JSON: texts and numbers, written for speed, as a report of a large run is hundreds of megabytes of them.

/// How many bytes of a text are looked at together.
const PIECE: usize = 64;

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
    out.push(b'"');
    for piece in text.as_bytes().chunks(PIECE) {
        // Asked of all bytes and not until one has it, which is much quicker.
        let is_plain = piece.iter().fold(true, |plain, byte| {
            plain & (*byte >= 0x20) & (*byte != b'"') & (*byte != b'\\')
        });
        if is_plain {
            out.extend_from_slice(piece);
        } else {
            escaped(out, piece);
        }
    }
    out.push(b'"');
}

/// A piece with what must be escaped in it.
fn escaped(out: &mut Vec<u8>, piece: &[u8]) {
    let mut room = [0; 2 * PIECE];
    let mut end = 0;
    for byte in piece {
        let escape = ESCAPES[usize::from(*byte)];
        if escape == b'u' {
            out.extend_from_slice(&room[..end]);
            end = 0;
            let hex = |digit: u8| b"0123456789abcdef"[usize::from(digit & 15)];
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&[hex(byte >> 4), hex(*byte)]);
            continue;
        }
        // The backslash is written in any case, and written over where none belongs: quotes come too often in JSON to
        // be guessed. The room is twice the piece, so that no place is beyond it.
        room[end % room.len()] = b'\\';
        end += usize::from(escape != 0);
        room[end % room.len()] = if escape == 0 { *byte } else { escape };
        end += 1;
    }
    out.extend_from_slice(&room[..end]);
}

/// A whole number.
pub(super) fn digits(out: &mut Vec<u8>, number: u64) {
    padded(out, number, 1);
}

/// So many parts of a whole that has ten to the power of `places` of them: 1500 with three places is 1.5.
pub(super) fn decimal(out: &mut Vec<u8>, parts: u64, places: usize) {
    let whole = (0..places).fold(1, |whole, _| whole * 10);
    digits(out, parts / whole);
    out.push(b'.');
    padded(out, parts % whole, places);
    // One stays: it is a number that need not be whole.
    for _ in 1..places {
        if out.last() == Some(&b'0') {
            out.pop();
        }
    }
}

/// A whole number of so many digits at least, of twenty at most.
pub(super) fn padded(out: &mut Vec<u8>, mut number: u64, least: usize) {
    let mut room = [b'0'; 20];
    let mut count = 0;
    for place in room.iter_mut().rev() {
        if number == 0 && count >= least {
            break;
        }
        // It has one digit.
        *place = b'0' + (number % 10) as u8;
        number /= 10;
        count += 1;
    }
    out.extend_from_slice(&room[room.len() - count..]);
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
            &"é✓".repeat(60),
            &all[1..],
            &all[33..],
        ] {
            let written = text(|out| quoted(out, text_of));
            assert_eq!(written, serde_json::to_string(text_of).unwrap());
        }
    }

    #[test]
    fn numbers_are_written_out() {
        for number in [0, 7, 10, 99, 100, 12_345, u64::MAX] {
            assert_eq!(text(|out| digits(out, number)), number.to_string());
        }
        for (parts, places, expected) in [
            (0, 6, "0.0"),
            (1, 6, "0.000001"),
            (203, 6, "0.000203"),
            (1_500_000, 6, "1.5"),
            (2_000_000, 6, "2.0"),
            (100_200, 3, "100.2"),
            (12_345, 3, "12.345"),
        ] {
            assert_eq!(text(|out| decimal(out, parts, places)), expected);
        }
        assert_eq!(text(|out| padded(out, 7, 6)), "000007");
    }
}
