//! The pages of a consent or of a collection, in the order in which a customer comes to them.

/// A page. All but the last have a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Mobile,
    Otp,
    Request,
    Fips,
    Accounts,
    Link,
    Review,
    Reject,
    Cancel,
    Done,
}

/// All pages but the first, by their names in paths.
const NAMES: [(Step, &str); 9] = [
    (Step::Otp, "otp"),
    (Step::Request, "request"),
    (Step::Fips, "institutions"),
    (Step::Accounts, "accounts"),
    (Step::Link, "link"),
    (Step::Review, "review"),
    (Step::Reject, "reject"),
    (Step::Cancel, "cancel"),
    (Step::Done, "done"),
];

impl Step {
    pub(super) fn named(name: &str) -> Option<Step> {
        NAMES
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(step, _)| *step)
    }

    /// The path of a page of a consent or of a collection.
    pub(super) fn path(self, id: &str) -> String {
        let base = format!("/v2/consents/webview/{id}");
        match NAMES.iter().find(|(step, _)| *step == self) {
            Some((_, name)) => format!("{base}/{name}"),
            None => base,
        }
    }

    pub(super) fn has_form(self) -> bool {
        self != Step::Done
    }

    /// Which part of the way it belongs to, for the customer: a number from 1, and what the part is called.
    pub(super) fn part(self) -> Option<(usize, &'static str)> {
        match self {
            Step::Mobile | Step::Otp => Some((1, "Sign in")),
            Step::Request => Some((2, "Read the request")),
            Step::Fips | Step::Accounts => Some((3, "Choose accounts")),
            Step::Link => Some((4, "Link accounts")),
            Step::Review => Some((5, "Answer")),
            Step::Reject | Step::Cancel | Step::Done => None,
        }
    }
}

/// How many parts the way has.
pub(super) const PARTS: usize = 5;
