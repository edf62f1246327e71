//! Everything random about the sandbox, made by hashing the seed with what the number is for. Nothing is drawn from a
//! shared stream: FIPs answer at once, and which of them came first must not change anyone's ids.

use sha2::{Digest, Sha256};

use super::domain::moment::Moment;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ids {
    seed: u64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Ids {
        Ids { seed }
    }

    /// The id of the `number`th thing of a kind.
    pub(crate) fn uuid(self, kind: &str, number: u64) -> String {
        self.uuid_of(kind, &[&number.to_string()])
    }

    /// The id of a thing that has a name of its own.
    pub(crate) fn uuid_of(self, kind: &str, name: &[&str]) -> String {
        let digest = self.digest(kind, name);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        uuid::Builder::from_random_bytes(bytes)
            .into_uuid()
            .to_string()
    }

    /// A trace id in the shape of AWS X-Ray: the time of the request, then 96 bits.
    pub(crate) fn trace(self, kind: &str, number: u64, now: Moment) -> String {
        let digest = self.digest("trace", &[kind, &number.to_string()]);
        format!(
            "1-{:08x}-{}",
            now.seconds() as u32,
            hexadecimal(&digest[..12])
        )
    }

    /// Sixty-four bits for making data from.
    pub(crate) fn key(self, kind: &str, name: &[&str]) -> u64 {
        let digest = self.digest(kind, name);
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&digest[..8]);
        u64::from_le_bytes(bytes)
    }

    pub(crate) fn digest(self, kind: &str, name: &[&str]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_le_bytes());
        for part in [kind].iter().chain(name) {
            // Lengths keep ("ab", "c") and ("a", "bc") apart.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |number: u8| char::from_digit(u32::from(number), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_depend_on_seed_kind_and_number_alone() {
        let ids = Ids::new(7);
        assert_eq!(ids.uuid("consent", 1), Ids::new(7).uuid("consent", 1));
        assert_ne!(ids.uuid("consent", 1), Ids::new(8).uuid("consent", 1));
        assert_ne!(ids.uuid("consent", 1), ids.uuid("session", 1));
        assert_ne!(ids.uuid("consent", 1), ids.uuid("consent", 2));
        assert_ne!(
            ids.uuid_of("link", &["ab", "c"]),
            ids.uuid_of("link", &["a", "bc"])
        );
    }

    #[test]
    fn trace_ids_begin_with_the_time_of_the_request() {
        let now = Moment::parse("2025-08-19T16:46:57Z").unwrap();
        let trace = Ids::new(0).trace("get", 1, now);
        assert!(trace.starts_with("1-68a4aa81-"), "{trace}");
        assert_eq!(trace.len(), 35);
    }
}
