//! Answers that come again: the cases of a scenario get nearly the same ones, different in what is replaced. What took long to
//! find out about one need not be found out again about the next.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Subject;
use super::follower::{Followed, With};
use super::reader::{Kind, Token};
use crate::model::secret::{Common, Secrets};

/// A longer body is not kept.
const LONGEST: usize = 64 * 1024;

/// When all that is kept would be longer, it is forgotten.
const ROOM: usize = 4 * 1024 * 1024;

/// When there are more steps than this, all are forgotten.
const MOST: usize = 16 * 1024;

/// So many bodies of a step are kept without any that came again; then no more are.
const VAIN: u8 = 8;

/// The last body of each step of a run that agreed with its snapshot.
#[derive(Debug, Default)]
pub(super) struct Repeated {
    state: RandomState,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// By the hash of the step: what is kept is held against what comes, so that it may be another's.
    steps: HashMap<u64, Last>,
    /// How long all are that are kept.
    length: usize,
}

#[derive(Debug, Default)]
struct Last {
    agreed: Option<Arc<Agreed>>,
    /// How many were kept in vain.
    vain: u8,
}

/// What is kept of a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step<'r> {
    repeated: &'r Repeated,
    hash: u64,
}

/// What is known of the bodies of a step.
#[derive(Debug)]
pub(super) enum Known {
    /// One that agreed.
    Agreed(Arc<Agreed>),
    /// That one came: the next may be kept.
    Came,
    /// Nothing, or that they are all different.
    Nothing,
}

impl Repeated {
    /// What is kept of the step that a snapshot is of.
    pub(super) fn step(&self, subject: &Subject) -> Step<'_> {
        Step {
            repeated: self,
            hash: self.state.hash_one((&subject.stem, &subject.name)),
        }
    }
}

impl Step<'_> {
    /// What is known when a body has come.
    pub(super) fn known(&self) -> Known {
        let mut kept = self
            .repeated
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = kept.steps.get(&self.hash) {
            return match &last.agreed {
                Some(agreed) => Known::Agreed(Arc::clone(agreed)),
                None if last.vain < VAIN => Known::Came,
                None => Known::Nothing,
            };
        }
        if kept.steps.len() == MOST {
            *kept = Kept::default();
        }
        kept.steps.insert(self.hash, Last::default());
        Known::Nothing
    }

    /// Keeps what agreed, in the place of what did before.
    pub(super) fn keep(&self, agreed: Agreed) {
        let mut kept = self
            .repeated
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if kept.length + agreed.length() > ROOM {
            *kept = Kept::default();
        }
        let (mut length, last) = (kept.length, kept.steps.entry(self.hash).or_default());
        if let Some(before) = last.agreed.take() {
            length -= before.length();
            let has_helped = before.has_come_again.load(Ordering::Relaxed);
            last.vain = if has_helped { 0 } else { last.vain + 1 };
        }
        if last.vain < VAIN {
            length += agreed.length();
            last.agreed = Some(Arc::new(agreed));
        }
        kept.length = length;
    }
}

/// A body, and the text that it was found to agree with.
#[derive(Debug)]
pub(super) struct Agreed {
    body: Box<str>,
    accepted: Box<[u8]>,
    /// Where something else may stand in the body, in its order.
    spots: Vec<Range<usize>>,
    /// Which of them is shown where in the text, in its order.
    shown: Vec<(usize, Range<usize>)>,
    /// What something could take the place of in another case, the longest first.
    parts: Vec<Part>,
    /// The secrets of all cases, if none of them is in it.
    without: Option<Common>,
    has_come_again: AtomicBool,
}

/// A part of a body that was printed as it was sent.
#[derive(Debug)]
struct Part {
    place: Range<usize>,
    /// Whether it is a text that is a value; else it is a key or a number.
    is_text: bool,
}

impl Agreed {
    /// Of a body that was found to be printed as that text; nothing, if it is not to be kept.
    pub(super) fn new(
        body: &str,
        accepted: &[u8],
        Followed { tokens, replaced }: &Followed,
        secrets: &Secrets,
    ) -> Option<Self> {
        if body.len() > LONGEST || tokens.iter().any(|token| token.kind == Kind::Escaped) {
            return None;
        }
        let mut order: Vec<usize> = replaced.iter().map(|(token, _)| *token).collect();
        order.sort_unstable();
        let number = |(token, place): &(usize, Range<usize>)| {
            let number = order.binary_search(token).ok()?;
            Some((number, place.clone()))
        };
        let mut parts = Vec::new();
        gather(tokens, 0, &mut parts);
        let spots: Vec<_> = order.iter().map(|token| tokens[*token].place()).collect();
        let is_spot = |place: &Range<usize>| {
            spots
                .binary_search_by_key(&place.start, |spot| spot.start)
                .is_ok()
        };
        parts.retain(|part| !(part.is_text && is_spot(&part.place)));
        parts.sort_by_key(|part| std::cmp::Reverse(part.place.len()));
        Some(Agreed {
            without: secrets.common_not_in(body),
            body: body.into(),
            accepted: accepted.into(),
            shown: replaced.iter().map(number).collect::<Option<_>>()?,
            spots,
            parts,
            has_come_again: AtomicBool::new(false),
        })
    }

    fn length(&self) -> usize {
        let spots = self.spots.len() * size_of::<(usize, [Range<usize>; 2])>();
        self.body.len() + self.accepted.len() + spots + self.parts.len() * size_of::<Part>()
    }

    /// The length of the shortest part of it that may be secret in a case that has those.
    pub(super) fn shortest_secret(&self, secrets: &Secrets) -> usize {
        let known = self.without.as_ref();
        let shortest = known.and_then(|common| secrets.shortest_without(common));
        shortest.unwrap_or_else(|| secrets.shortest_in(&self.body))
    }

    /// Whether another body is the same but for its spots, and printed as another text that is. Numbers what stands there.
    pub(super) fn comes_again(
        &self,
        body: &[u8],
        accepted: &[u8],
        with: &mut With<'_>,
    ) -> Option<()> {
        let spots = self.spots_of(body)?;
        let mut parts = self.parts_from(with.shortest());
        if parts.any(|(part, is_text)| match is_text {
            true => with.changes(part),
            false => with.hides(part),
        }) {
            return None;
        }
        let (mut left, mut at) = (accepted, 0);
        for (number, place) in &self.shown {
            let printed = with.printed(spots[*number])?;
            // It could be a document, which is shown once more.
            if printed.contains('<') {
                return None;
            }
            left = left.strip_prefix(&self.accepted[at..place.start])?;
            left = left.strip_prefix(printed.as_bytes())?;
            at = place.end;
        }
        let is_same = left == &self.accepted[at..];
        is_same.then(|| self.has_come_again.store(true, Ordering::Relaxed))
    }

    /// What stands in the spots of another body, if that is the same elsewhere.
    fn spots_of<'t>(&self, body: &'t [u8]) -> Option<Vec<&'t str>> {
        let (own, mut left, mut at) = (self.body.as_bytes(), body, 0);
        let mut spots = Vec::with_capacity(self.spots.len());
        for place in &self.spots {
            left = left.strip_prefix(&own[at..place.start])?;
            let (spot, behind) = left.split_at(memchr::memchr(b'"', left)?);
            if spot.iter().any(|byte| *byte < b' ' || *byte == b'\\') {
                return None;
            }
            spots.push(std::str::from_utf8(spot).ok()?);
            (left, at) = (behind, place.end);
        }
        (*left == own[at..]).then_some(spots)
    }

    /// The parts that are so long at least, and whether they are texts that are values.
    fn parts_from(&self, shortest: usize) -> impl Iterator<Item = (&str, bool)> {
        let is_long = move |part: &&Part| part.place.len() >= shortest;
        let parts = self.parts.iter().take_while(is_long);
        parts.map(|part| (&self.body[part.place.clone()], part.is_text))
    }
}

/// Gathers the parts of the value that begins with that token.
fn gather(tokens: &[Token], at: usize, parts: &mut Vec<Part>) {
    let token = &tokens[at];
    let part = |token: &Token, is_text| Part {
        place: token.place(),
        is_text,
    };
    match token.kind {
        Kind::Null | Kind::True | Kind::False => {}
        Kind::Number => parts.push(part(token, false)),
        Kind::Text | Kind::Escaped => parts.push(part(token, true)),
        Kind::List => {
            let mut item = at + 1;
            while item < token.next() {
                gather(tokens, item, parts);
                item = tokens[item].next();
            }
        }
        Kind::Map => {
            let mut member = at + 1;
            while member < token.next() {
                parts.push(part(&tokens[member], false));
                gather(tokens, member + 1, parts);
                member = tokens[member + 1].next();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::reader::read;
    use super::*;

    fn subject(name: &str) -> Subject {
        Subject {
            stem: "flow".into(),
            name: name.into(),
            case: None,
            target: None,
            source: "flow.yaml".into(),
            expression: name.into(),
        }
    }

    fn kept(body: &str, replaced: &[(usize, Range<usize>)]) -> Option<Agreed> {
        let followed = Followed {
            tokens: read(body).unwrap(),
            replaced: replaced.into(),
        };
        Agreed::new(body, b"accepted", &followed, &Secrets::default())
    }

    fn agreed(body: &str) -> Agreed {
        kept(body, &[]).unwrap()
    }

    /// Lets a body of a step come and agree.
    fn come(step: Step<'_>, body: &str) -> &'static str {
        let (known, is_wanted) = match step.known() {
            Known::Nothing => ("nothing", false),
            Known::Came => ("came", true),
            Known::Agreed(agreed) => match agreed.spots_of(body.as_bytes()) {
                Some(_) => {
                    agreed.has_come_again.store(true, Ordering::Relaxed);
                    ("again", false)
                }
                None => ("another", true),
            },
        };
        if is_wanted {
            step.keep(agreed(body));
        }
        known
    }

    #[test]
    fn the_last_body_of_each_step_is_kept() {
        let repeated = Repeated::default();
        let one = repeated.step(&subject("one"));
        for (body, expected) in [
            ("[1]", "nothing"),
            ("[1]", "came"),
            ("[1]", "again"),
            ("[2]", "another"),
            ("[2]", "again"),
            ("[1]", "another"),
        ] {
            assert_eq!(come(one, body), expected);
        }
        assert_eq!(come(repeated.step(&subject("two")), "[1]"), "nothing");
    }

    #[test]
    fn a_step_with_a_new_body_each_time_is_given_up() {
        let repeated = Repeated::default();
        let step = repeated.step(&subject("one"));
        let all: Vec<_> = (0..12)
            .map(|number| come(step, &format!("[{number}]")))
            .collect();
        assert_eq!(all[..2], ["nothing", "came"]);
        assert_eq!(all[2..10], ["another"; VAIN as usize]);
        assert_eq!(all[10..], ["nothing"; 2]);
        assert_eq!(repeated.kept.lock().unwrap().length, 0);
    }

    #[test]
    fn a_step_whose_bodies_come_again_now_and_then_is_not() {
        let repeated = Repeated::default();
        let step = repeated.step(&subject("one"));
        assert_eq!(come(step, "[]"), "nothing");
        for number in 0..2 * usize::from(VAIN) {
            let body = format!("[{number}]");
            let first = if number == 0 { "came" } else { "another" };
            assert_eq!([come(step, &body), come(step, &body)], [first, "again"]);
        }
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let repeated = Repeated::default();
        let long = format!("[1{}]", " ".repeat(LONGEST - 3));
        for number in 0..2 * ROOM / LONGEST {
            let step = repeated.step(&subject(&number.to_string()));
            for expected in ["nothing", "came", "again"] {
                assert_eq!(come(step, &long), expected, "{number}");
            }
            assert!(repeated.kept.lock().unwrap().length <= ROOM);
        }
        for number in 0..2 * MOST {
            repeated.step(&subject(&number.to_string())).known();
            assert!(repeated.kept.lock().unwrap().steps.len() <= MOST);
        }
        let longer = format!("{long} ");
        assert!(kept(&longer, &[]).is_none());
    }

    #[test]
    fn bodies_are_the_same_but_for_their_spots() {
        let body = r#"{"b":"one","a":["two","",3]}"#;
        let tokens = read(body).unwrap();
        let text = |text: &str| {
            tokens
                .iter()
                .position(|token| token.of(body) == text)
                .unwrap()
        };
        // As they are printed: by their keys.
        let replaced = [(text("two"), 20..25), (text("one"), 40..45)];
        let agreed = kept(body, &replaced).unwrap();
        assert_eq!(agreed.shown, [(1, 20..25), (0, 40..45)]);
        for (other, expected) in [
            (body, Some(vec!["one", "two"])),
            (r#"{"b":"","a":["₹ 2","",3]}"#, Some(vec!["", "₹ 2"])),
            (r#"{"b":"one","a":["two","",4]}"#, None),
            (r#"{"b":"one","a":["two","x",3]}"#, None),
            (r#"{"b":"one","a":["two","",3]} "#, None),
            (r#"{"b":"one","a":["two","",3]"#, None),
            (r#"{"b":"o\ne","a":["two","",3]}"#, None),
            (r#"{"b":"one\","a":["two","",3]}"#, None),
            (r#"{"b":"one","c":"","a":["two","",3]}"#, None),
            ("{\"b\":\"o\ne\",\"a\":[\"two\",\"\",3]}", None),
        ] {
            assert_eq!(agreed.spots_of(other.as_bytes()), expected, "{other}");
        }
        let no_text = b"{\"b\":\"\xff\",\"a\":[\"two\",\"\",3]}";
        assert_eq!(agreed.spots_of(no_text), None);
        let parts: Vec<_> = agreed.parts_from(1).collect();
        assert_eq!(parts, [("b", false), ("a", false), ("3", false)]);
        assert_eq!(agreed.parts_from(0).last(), Some(("", true)));
    }

    #[test]
    fn all_that_is_printed_is_among_the_parts() {
        let agreed = agreed(r#"{"key":["text",17,true,null,{}],"k":{"longest":""}}"#);
        let parts = |shortest| {
            let mut parts: Vec<_> = agreed.parts_from(shortest).collect();
            parts.sort_unstable();
            parts
        };
        let long = [("key", false), ("longest", false), ("text", true)];
        assert_eq!(parts(3), long);
        assert_eq!(
            parts(0),
            [&[("", true), ("17", false), ("k", false)][..], &long].concat()
        );
    }

    #[test]
    fn what_has_escapes_in_it_is_not_kept() {
        assert!(kept(r#"["a\"b"]"#, &[]).is_none());
    }
}
