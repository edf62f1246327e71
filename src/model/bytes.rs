//! Looking through many bytes at once.

/// Whether any of the bytes is one of those that are looked for.
pub fn has_any(bytes: &[u8], is_one: impl Fn(u8) -> bool) -> bool {
    // In pieces of a fixed length that are looked at whole: such a loop is done with many bytes at once, one that asks
    // after each whether to go on is not.
    const PIECE: usize = 64;
    let (pieces, rest) = bytes.as_chunks::<PIECE>();
    let has = |piece: &[u8]| {
        let is_one = |found: u8, byte: &u8| found | u8::from(is_one(*byte));
        piece.iter().fold(0, is_one) != 0
    };
    pieces.iter().any(|piece| has(piece)) || has(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_found_wherever_it_stands() {
        for length in 0..200 {
            let bytes = vec![b'x'; length];
            assert!(!has_any(&bytes, |byte| byte == b'y'));
            for at in 0..length {
                let mut bytes = bytes.clone();
                bytes[at] = b'y';
                assert!(has_any(&bytes, |byte| byte == b'y'), "{at} of {length}");
            }
        }
    }
}
