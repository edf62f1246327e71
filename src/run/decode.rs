//! Bodies that came encoded: `gzip`, `deflate`, `br`, `zstd`, as `content-encoding` says.

use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use std::io::{self, Read};

/// What a request says it takes, unless it says itself.
pub(super) const ACCEPTED: &str = "gzip, deflate, br, zstd";

/// More encodings on top of each other are no honest answer.
const MOST: usize = 4;

/// How much brotli reads at once.
const BUFFER: usize = 16 * 1024;

/// Why a body cannot be decoded.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Undecodable {
    /// It is larger than allowed once it is decoded from this.
    TooLarge(String),
    /// It is not what `content-encoding` says.
    Broken(String),
}

/// The body as it was before it was encoded. One in an encoding that is not known here stays as it is.
pub(super) fn decode(
    headers: &[(String, String)],
    body: Bytes,
    max_body: u64,
) -> Result<Bytes, Undecodable> {
    // An answer to HEAD and a 304 name the encoding of a body that is not there.
    if body.is_empty() {
        return Ok(body);
    }
    let Some(encodings) = encodings(headers) else {
        return Ok(body);
    };
    if encodings.len() > MOST {
        let message = format!("the body is encoded {} times over", encodings.len());
        return Err(Undecodable::Broken(message));
    }
    let mut body = body;
    // The one that is named last was put on last.
    for encoding in encodings.into_iter().rev() {
        body = encoding.decode(&body, max_body)?;
    }
    Ok(body)
}

/// Whether a body with these headers was left as it came, because it is in an encoding that is not known here.
pub(super) fn is_left_encoded(headers: &[(String, String)]) -> bool {
    encodings(headers).is_none()
}

/// How a body was encoded, in the order in which that was done; none if it is not known here how.
fn encodings(headers: &[(String, String)]) -> Option<Vec<Encoding>> {
    headers
        .iter()
        .filter(|(name, _)| name == "content-encoding")
        .flat_map(|(_, value)| value.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("identity"))
        .map(Encoding::named)
        .collect()
}

#[derive(Clone, Copy, Debug)]
enum Encoding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

impl Encoding {
    fn named(name: &str) -> Option<Encoding> {
        Some(match name.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Encoding::Gzip,
            "deflate" => Encoding::Deflate,
            "br" => Encoding::Brotli,
            "zstd" => Encoding::Zstd,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Encoding::Gzip => "gzip",
            Encoding::Deflate => "deflate",
            Encoding::Brotli => "br",
            Encoding::Zstd => "zstd",
        }
    }

    /// Apart from its caller, because the decoders take much of the stack and most bodies need none.
    #[inline(never)]
    fn decode(self, body: &[u8], max_body: u64) -> Result<Bytes, Undecodable> {
        let decoded = match self {
            Encoding::Gzip => limited(MultiGzDecoder::new(body), max_body),
            // The name means zlib's format; some servers send it without zlib's frame.
            Encoding::Deflate if is_zlib(body) => limited(ZlibDecoder::new(body), max_body),
            Encoding::Deflate => limited(DeflateDecoder::new(body), max_body),
            Encoding::Brotli => limited(
                brotli_decompressor::Decompressor::new(body, BUFFER),
                max_body,
            ),
            Encoding::Zstd => zstd(body, max_body),
        };
        match decoded {
            Ok(Some(bytes)) => Ok(bytes.into()),
            Ok(None) => Err(Undecodable::TooLarge(self.name().into())),
            Err(error) => Err(Undecodable::Broken(format!(
                "the body is not the {} that `content-encoding` says: {error}",
                self.name()
            ))),
        }
    }
}

/// All bytes, or nothing if there are more than allowed.
fn limited(reader: impl Read, max_body: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    reader
        .take(max_body.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= max_body).then_some(bytes))
}

/// All frames of a body, one behind the other.
fn zstd(mut body: &[u8], max_body: u64) -> io::Result<Option<Vec<u8>>> {
    let mut whole = Vec::new();
    while !body.is_empty() {
        let left = max_body - whole.len() as u64;
        let mut frame =
            ruzstd::decoding::StreamingDecoder::new(&mut body).map_err(io::Error::other)?;
        match limited(&mut frame, left)? {
            Some(bytes) => whole.extend_from_slice(&bytes),
            None => return Ok(None),
        }
        let sent = frame.decoder.get_checksum_from_data();
        if sent.is_some() && sent != frame.decoder.get_calculated_checksum() {
            return Err(io::Error::other("the checksum is wrong"));
        }
    }
    Ok(Some(whole))
}

/// Whether a body begins as zlib's format does (RFC 1950, section 2.2).
fn is_zlib(body: &[u8]) -> bool {
    matches!(body, [method, flags, ..]
        if method & 0x0f == 8 && u16::from_be_bytes([*method, *flags]).is_multiple_of(31))
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
