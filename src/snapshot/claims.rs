//! Who compared with which file in a run: two that would share one are told apart by nothing else.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;

use super::Subject;

/// The first subject that compared with each file, by the file's path as it is spelt: paths are compared part by part.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// By the hash of the path, and how many others with that hash came before.
    claims: HashMap<(u64, u32), Claim>,
    hasher: RandomState,
    /// What is said in all of them. Thousands of small texts that are kept among others that are not would spread those over
    /// more memory than a processor has at hand.
    texts: String,
}

/// The places of what is known of a claim.
#[derive(Debug)]
struct Claim {
    path: Range<usize>,
    source: Range<usize>,
    expression: Range<usize>,
    case: Option<Range<usize>>,
}

/// Who came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claimant<'a> {
    pub(super) source: &'a str,
    pub(super) expression: &'a str,
    pub(super) case: Option<&'a str>,
}

impl<'a> From<&'a Subject> for Claimant<'a> {
    fn from(subject: &'a Subject) -> Self {
        Claimant {
            source: &subject.source,
            expression: &subject.expression,
            case: subject.case.as_deref(),
        }
    }
}

impl Claims {
    /// Notes who compares with the file at that path; gives whoever did so before, if that was another.
    pub(super) fn claim(&mut self, path: &str, claimant: Claimant<'_>) -> Result<(), Claimant<'_>> {
        match self.find(path) {
            Ok(place) => {
                let first = self.claimant(&self.claims[&place]);
                if first == claimant {
                    Ok(())
                } else {
                    Err(first)
                }
            }
            Err(place) => {
                let claim = Claim {
                    path: self.keep(path),
                    source: self.keep(claimant.source),
                    expression: self.keep(claimant.expression),
                    case: claimant.case.map(|case| self.keep(case)),
                };
                self.claims.insert(place, claim);
                Ok(())
            }
        }
    }

    /// Who compared with the file at that path first.
    pub(super) fn first(&self, path: &str) -> Option<Claimant<'_>> {
        let place = self.find(path).ok()?;
        Some(self.claimant(&self.claims[&place]))
    }

    /// Where that path's claim is, or would be.
    fn find(&self, path: &str) -> Result<(u64, u32), (u64, u32)> {
        let mut place = (self.hasher.hash_one(path), 0);
        while let Some(claim) = self.claims.get(&place) {
            if self.texts[claim.path.clone()] == *path {
                return Ok(place);
            }
            place.1 += 1;
        }
        Err(place)
    }

    fn claimant(&self, claim: &Claim) -> Claimant<'_> {
        Claimant {
            source: &self.texts[claim.source.clone()],
            expression: &self.texts[claim.expression.clone()],
            case: claim.case.clone().map(|case| &self.texts[case]),
        }
    }

    fn keep(&mut self, text: &str) -> Range<usize> {
        let start = self.texts.len();
        self.texts.push_str(text);
        start..self.texts.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_each_path_is_known() {
        let mut claims = Claims::default();
        let numbers: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
        let by = |number| Claimant {
            source: "a.yaml",
            expression: "step",
            case: Some(number),
        };
        for number in &numbers {
            assert_eq!(claims.first(number), None);
            assert_eq!(claims.claim(number, by(number)), Ok(()));
            assert_eq!(claims.claim(number, by(number)), Ok(()));
        }
        for number in &numbers {
            assert_eq!(claims.claim(number, by("x")), Err(by(number)));
            assert_eq!(claims.first(number), Some(by(number)));
        }
    }

    #[test]
    fn each_part_of_a_claimant_counts() {
        let mut claims = Claims::default();
        let first = Claimant {
            source: "a.yaml",
            expression: "step",
            case: None,
        };
        assert_eq!(claims.claim("path", first), Ok(()));
        for other in [
            Claimant {
                source: "b.yaml",
                ..first
            },
            Claimant {
                expression: "other",
                ..first
            },
            Claimant {
                case: Some(""),
                ..first
            },
        ] {
            assert_eq!(claims.claim("path", other), Err(first));
        }
        // The same hash, as far as anything shows.
        let place = claims.find("path").unwrap();
        let claim = claims.claims.remove(&place).unwrap();
        let text = claims.keep("another");
        let another = Claim {
            path: text,
            source: 0..0,
            expression: 0..0,
            case: None,
        };
        claims.claims.insert((place.0, 0), another);
        claims.claims.insert((place.0, 1), claim);
        assert_eq!(claims.first("path"), Some(first));
    }
}
