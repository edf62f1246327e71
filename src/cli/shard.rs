//! Shards: the same split of all cases on every machine.

use std::num::NonZeroUsize;

use crate::model::plan::Plan;

/// One of so many parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shard {
    /// Which, counted from zero.
    index: usize,
    count: NonZeroUsize,
}

/// What `--shard` was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// `I/N`.
    This(Shard),
    /// What the variables of the CI say.
    Auto,
}

/// The variables in which CIs say which of parallel jobs this is, and the number of the first.
const VARIABLES: [(&str, &str, usize); 3] = [
    ("CI_NODE_INDEX", "CI_NODE_TOTAL", 1),
    ("CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0),
    ("BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0),
];

/// Reads `I/N` or `auto`.
pub(super) fn parse(text: &str) -> Result<Wanted, String> {
    if text == "auto" {
        return Ok(Wanted::Auto);
    }
    let wrong = || "it must be `I/N`, like 2/5, or `auto`".to_owned();
    let (index, count) = text.split_once('/').ok_or_else(wrong)?;
    let number = |text: &str| text.parse::<usize>().map_err(|_| wrong());
    Shard::new(number(index)?, number(count)?, 1).map(Wanted::This)
}

impl Wanted {
    /// The shard. `variable` reads the environment.
    pub(super) fn resolve(
        self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Shard, String> {
        if let Wanted::This(shard) = self {
            return Ok(shard);
        }
        for (index_name, count_name, first) in VARIABLES {
            let Some(count) = variable(count_name) else {
                continue;
            };
            // GitLab tells a job that has no siblings how many there are, and not which it is.
            let index = variable(index_name)
                .or_else(|| (count == "1").then(|| first.to_string()))
                .ok_or_else(|| format!("`{count_name}` is set and `{index_name}` is not"))?;
            return match (index.parse(), count.parse()) {
                (Ok(index), Ok(count)) => Shard::new(index, count, first),
                _ => Err("they are no numbers".into()),
            }
            .map_err(|why| format!("`{index_name}` is {index}, `{count_name}` {count}: {why}"));
        }
        let names: Vec<String> = VARIABLES
            .iter()
            .map(|(index, _, _)| format!("`{index}`"))
            .collect();
        Err(format!(
            "`--shard auto` finds none of {}: give `--shard I/N`",
            names.join(", ")
        ))
    }
}

impl Shard {
    fn new(index: usize, count: usize, first: usize) -> Result<Shard, String> {
        match (index.checked_sub(first), NonZeroUsize::new(count)) {
            (Some(index), Some(count)) if index < count.get() => Ok(Shard { index, count }),
            _ => Err(format!(
                "there is no shard {index} of {count}; the first is {first}"
            )),
        }
    }

    /// Which it is, counted from one, and of how many.
    pub(super) fn numbers(self) -> (usize, usize) {
        (self.index + 1, self.count.get())
    }

    /// Leaves this part of a plan. The cases are dealt out in the order of their names, so that parts are even,
    /// whatever order the files were given in.
    pub(super) fn take(self, plan: &mut Plan) {
        let mut names: Vec<(String, usize, usize)> = Vec::new();
        for (at, scenario) in plan.scenarios.iter().enumerate() {
            for (number, case) in scenario.cases.iter().enumerate() {
                let case = case.name.as_deref().unwrap_or_default();
                names.push((format!("{}\n{case}", scenario.stem), at, number));
            }
        }
        names.sort();
        let mut ours: Vec<(usize, usize)> = names
            .into_iter()
            .skip(self.index)
            .step_by(self.count.get())
            .map(|(_, at, number)| (at, number))
            .collect();
        ours.sort_unstable();
        for (at, scenario) in plan.scenarios.iter_mut().enumerate() {
            let mut number = 0;
            scenario.cases.retain(|_| {
                number += 1;
                ours.binary_search(&(at, number - 1)).is_ok()
            });
        }
        plan.scenarios.retain(|scenario| !scenario.cases.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::select::tests::{names, plan};

    #[test]
    fn all_parts_together_are_the_whole_and_none_has_what_another_has() {
        let mut whole: Vec<String> = names(&plan());
        whole.sort();
        for count in 1..9 {
            let mut dealt = Vec::new();
            for index in 1..=count {
                let part = |mut plan: Plan| {
                    let Ok(Wanted::This(shard)) = parse(&format!("{index}/{count}")) else {
                        panic!("{index}/{count} is no shard");
                    };
                    shard.take(&mut plan);
                    names(&plan)
                };
                let mut turned = plan();
                turned.scenarios.reverse();
                let (mut one, mut other) = (part(plan()), part(turned));
                one.sort();
                other.sort();
                assert_eq!(one, other, "the order of the files matters");
                assert!(one.len().abs_diff(whole.len() / count) <= 1, "uneven");
                dealt.extend(one);
            }
            dealt.sort();
            assert_eq!(dealt, whole, "{count}");
        }
    }

    #[test]
    fn what_is_no_shard() {
        for wrong in ["", "1", "0/2", "3/2", "1/0", "a/2", "1/2/3", "-1/2", "AUTO"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_the_machine_says() {
        let shard = |variables: &[(&str, &str)]| {
            Wanted::Auto
                .resolve(|name| {
                    let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
                    Some((*value).to_owned())
                })
                .map(|shard| (shard.index, shard.count.get()))
        };
        for (index, count, value, expected) in [
            ("CI_NODE_INDEX", "CI_NODE_TOTAL", "2", 1),
            ("CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", "0", 0),
            (
                "BUILDKITE_PARALLEL_JOB",
                "BUILDKITE_PARALLEL_JOB_COUNT",
                "4",
                4,
            ),
        ] {
            assert_eq!(shard(&[(index, value), (count, "5")]), Ok((expected, 5)));
            assert!(shard(&[(index, "5"), (count, "0")]).is_err());
            assert!(shard(&[(index, "x"), (count, "5")]).is_err());
            assert!(shard(&[(count, "5")]).is_err());
        }
        assert_eq!(shard(&[("CI_NODE_TOTAL", "1")]), Ok((0, 1)));
        assert!(shard(&[("CI_NODE_INDEX", "0"), ("CI_NODE_TOTAL", "5")]).is_err());
        assert!(shard(&[]).unwrap_err().contains("CI_NODE_INDEX"));
    }
}
