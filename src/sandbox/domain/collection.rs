//! Consents that are asked for together: the customer answers all of them at once, and may leave out the optional one.

/// The most consents in a collection.
const MOST_CONSENTS: usize = 2;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Collection {
    pub(crate) id: String,
    pub(crate) transaction: String,
    pub(crate) mandatory: Vec<String>,
    pub(crate) optional: Vec<String>,
}

impl Collection {
    /// One or two mandatory consents and at most one optional one, two at most in all, each once.
    pub(crate) fn is_allowed(mandatory: &[String], optional: &[String]) -> bool {
        let mut ids: Vec<&String> = mandatory.iter().chain(optional).collect();
        let count = ids.len();
        ids.sort();
        ids.dedup();
        !mandatory.is_empty() && count <= MOST_CONSENTS && ids.len() == count
    }

    /// The consents in it, those that must be given first.
    pub(crate) fn consents(&self) -> impl Iterator<Item = &String> {
        self.mandatory.iter().chain(&self.optional)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_is_of_one_or_two_consents_of_which_one_is_mandatory() {
        for (mandatory, optional, allowed) in [
            (&["a"][..], &[][..], true),
            (&["a", "b"], &[], true),
            (&["a"], &["b"], true),
            (&[], &[], false),
            (&[], &["a"], false),
            (&["a", "b"], &["c"], false),
            (&["a", "b", "c"], &[], false),
            (&["a"], &["b", "c"], false),
            (&["a", "a"], &[], false),
            (&["a"], &["a"], false),
        ] {
            let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
            assert_eq!(
                Collection::is_allowed(&owned(mandatory), &owned(optional)),
                allowed,
                "{mandatory:?} {optional:?}"
            );
        }
    }
}
