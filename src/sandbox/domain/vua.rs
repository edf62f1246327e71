//! The customer's address at an Account Aggregator: a mobile number and the aggregator's handle.

use std::fmt;

/// The aggregator that is chosen when a request names only a mobile number.
pub(crate) const CHOSEN_HANDLE: &str = "onemoney";

/// The aggregators that a consent can be asked at.
pub(crate) const HANDLES: [&str; 4] = ["onemoney", "anumati", "finvu", "setu"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Vua {
    pub(crate) mobile: String,
    pub(crate) handle: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum VuaError {
    /// Not a mobile number, with or without a handle.
    Malformed,
    /// A handle that is not one of `HANDLES`.
    UnsupportedHandle(String),
}

impl Vua {
    pub(crate) fn parse(text: &str) -> Result<Vua, VuaError> {
        let (mobile, handle) = text.split_once('@').unwrap_or((text, CHOSEN_HANDLE));
        if !is_mobile(mobile) || handle.is_empty() {
            return Err(VuaError::Malformed);
        }
        if !HANDLES.contains(&handle) {
            return Err(VuaError::UnsupportedHandle(handle.to_owned()));
        }
        Ok(Vua {
            mobile: mobile.to_owned(),
            handle: handle.to_owned(),
        })
    }
}

/// Setu's own samples use numbers of nine digits beside those of ten, so both are taken.
pub(crate) fn is_mobile(text: &str) -> bool {
    matches!(text.len(), 9 | 10) && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Display for Vua {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.mobile, self.handle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_a_number_and_a_known_handle() {
        for (text, expected) in [
            ("9876543210", Ok("9876543210@onemoney")),
            ("987654321", Ok("987654321@onemoney")),
            ("9876543210@setu", Ok("9876543210@setu")),
            ("9876543210@finvu", Ok("9876543210@finvu")),
            (
                "9876543210@cams",
                Err(VuaError::UnsupportedHandle("cams".to_owned())),
            ),
            ("9876543210@", Err(VuaError::Malformed)),
            ("@onemoney", Err(VuaError::Malformed)),
            ("12345", Err(VuaError::Malformed)),
            ("98765x3210@onemoney", Err(VuaError::Malformed)),
            (
                "9876543210@one@money",
                Err(VuaError::UnsupportedHandle("one@money".to_owned())),
            ),
        ] {
            assert_eq!(
                Vua::parse(text).map(|vua| vua.to_string()),
                expected.map(str::to_owned),
                "{text}"
            );
        }
    }
}
