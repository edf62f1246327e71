use super::*;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use std::io::Write as _;

/// `{"status":"PENDING"}`, made by node and by zstd.
const BROTLI: &str = "8b09807b22737461747573223a2250454e44494e47227d03";
const ZSTD: &str = "28b52ffd0458a100007b22737461747573223a2250454e44494e47227d26cbe448";

/// A mebibyte of zeros.
const BROTLI_BOMB: &str = "5bffff8f7f02201e0b0472ef1f00";
const ZSTD_BOMB: &str = "28b52ffd04585400001000000100fbff39c00202001000020010000200100002001000020010000200100003001000f13e16e1";

const PLAIN: &[u8] = br#"{"status":"PENDING"}"#;
const MIB: u64 = 1 << 20;

fn hex(text: &str) -> Bytes {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap())
        .collect()
}

fn gzip(plain: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap().into()
}

fn zlib(plain: &[u8]) -> Bytes {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap().into()
}

fn deflate(plain: &[u8]) -> Bytes {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap().into()
}

fn decoded(encoding: &str, body: Bytes, max_body: u64) -> Result<Bytes, Undecodable> {
    let headers = [("content-encoding".to_owned(), encoding.to_owned())];
    decode(&headers, body, max_body)
}

#[test]
fn each_encoding_is_read() {
    for (encoding, body) in [
        ("gzip", gzip(PLAIN)),
        ("x-gzip", gzip(PLAIN)),
        ("GZIP", gzip(PLAIN)),
        ("deflate", zlib(PLAIN)),
        ("deflate", deflate(PLAIN)),
        ("br", hex(BROTLI)),
        ("zstd", hex(ZSTD)),
        ("identity", Bytes::from_static(PLAIN)),
        ("", Bytes::from_static(PLAIN)),
        ("deflate, gzip", gzip(&zlib(PLAIN))),
        ("br,identity , gzip", gzip(&hex(BROTLI))),
    ] {
        assert_eq!(decoded(encoding, body, MIB).unwrap(), PLAIN, "{encoding}");
    }
}

#[test]
fn pieces_one_behind_the_other_are_one_body() {
    let twice = [PLAIN, PLAIN].concat();
    for (encoding, body) in [("gzip", gzip(PLAIN)), ("zstd", hex(ZSTD))] {
        let body = [&body[..], &body[..]].concat().into();
        assert_eq!(decoded(encoding, body, MIB).unwrap(), twice, "{encoding}");
    }
}

#[test]
fn what_is_not_known_stays_as_it_is() {
    for encoding in ["compress", "gzip, compress"] {
        let body = gzip(PLAIN);
        assert_eq!(decoded(encoding, body.clone(), MIB), Ok(body), "{encoding}");
    }
    for encoding in ["gzip", "br", "zstd", "deflate"] {
        assert_eq!(decoded(encoding, Bytes::new(), MIB), Ok(Bytes::new()));
    }
}

#[test]
fn the_limit_holds_for_what_comes_out() {
    let zeros = vec![0; 1 << 20];
    for (encoding, body) in [
        ("gzip", gzip(&zeros)),
        ("deflate", zlib(&zeros)),
        ("deflate", deflate(&zeros)),
        ("br", hex(BROTLI_BOMB)),
        ("zstd", hex(ZSTD_BOMB)),
        // Small at the outer layer, large at the inner.
        ("br, gzip", gzip(&hex(BROTLI_BOMB))),
    ] {
        assert!(body.len() < 2000, "{encoding}");
        assert_eq!(
            decoded(encoding, body.clone(), MIB).map(|body| body.len()),
            Ok(1 << 20),
            "{encoding}"
        );
        assert!(
            matches!(
                decoded(encoding, body, MIB - 1),
                Err(Undecodable::TooLarge(_))
            ),
            "{encoding}"
        );
    }
    let frames = [&hex(ZSTD)[..], &hex(ZSTD)[..]].concat();
    assert!(decoded("zstd", frames.clone().into(), 39).is_err());
    assert!(decoded("zstd", frames.into(), 40).is_ok());
}

#[test]
fn a_body_that_is_cut_or_spoilt_is_broken() {
    for (encoding, body) in [
        ("gzip", gzip(PLAIN)),
        ("deflate", zlib(PLAIN)),
        ("deflate", deflate(PLAIN)),
        ("br", hex(BROTLI)),
        ("zstd", hex(ZSTD)),
    ] {
        for end in 1..body.len() {
            let cut = decoded(encoding, body.slice(..end), MIB);
            assert!(
                matches!(cut, Err(Undecodable::Broken(_))),
                "{encoding} cut at {end}: {cut:?}"
            );
        }
        let plain = decoded(encoding, Bytes::from_static(PLAIN), MIB);
        assert!(
            matches!(plain, Err(Undecodable::Broken(_))),
            "{encoding}: {plain:?}"
        );
    }
    for (encoding, body) in [
        ("gzip", gzip(PLAIN)),
        ("deflate", zlib(PLAIN)),
        ("zstd", hex(ZSTD)),
    ] {
        let mut spoilt = body.to_vec();
        *spoilt.last_mut().unwrap() ^= 1;
        assert!(decoded(encoding, spoilt.into(), MIB).is_err(), "{encoding}");
    }
    assert!(decoded("gzip,gzip,gzip,gzip,gzip", gzip(PLAIN), MIB).is_err());
}
