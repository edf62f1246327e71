//! Looking through many bytes at once.

use memchr::{memchr, memchr2, memchr3, memmem};

/// Whether one of the signs is among the bytes.
pub fn has_any(bytes: &[u8], signs: &[u8]) -> bool {
    match *signs {
        [] => false,
        [one] => memchr(one, bytes).is_some(),
        [one, two] => memchr2(one, two, bytes).is_some(),
        [one, two, three, ref rest @ ..] => {
            memchr3(one, two, three, bytes).is_some() || has_any(bytes, rest)
        }
    }
}

/// Whether the part is among the bytes.
pub fn contains(bytes: &[u8], part: &[u8]) -> bool {
    memmem::find(bytes, part).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sign_is_found_wherever_it_stands() {
        for signs in ["", "a", "ab", "abc", "abcd", "abcdefgh"] {
            for length in 0..100 {
                let bytes = vec![b'x'; length];
                assert!(!has_any(&bytes, signs.as_bytes()));
                for (at, sign) in (0..length).zip(signs.bytes().cycle()) {
                    let mut bytes = bytes.clone();
                    bytes[at] = sign;
                    assert!(has_any(&bytes, signs.as_bytes()), "{at} of {length}");
                }
            }
        }
    }
}
