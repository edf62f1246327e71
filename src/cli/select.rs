//! Which of the cases that were found are meant.

use clap::Args;

use crate::model::plan::{Case, Plan, ScenarioPlan};
use crate::report::{plural, shell_word, visible_line};

/// What cases must have to be taken.
#[derive(Debug, Default, Args)]
pub(super) struct Choice {
    /// Only scenarios with this tag, or with `!` before it, without; repeatable
    #[arg(long = "tag", value_name = "TAG", help_heading = "Selection")]
    tags: Vec<String>,
    /// Only what has this text in its name, path or case, in any case of letters
    #[arg(
        long,
        value_name = "TEXT",
        allow_hyphen_values = true,
        help_heading = "Selection"
    )]
    filter: Option<String>,
    /// Only cases that are called just this; repeatable
    #[arg(
        long = "case",
        value_name = "NAME",
        allow_hyphen_values = true,
        help_heading = "Selection"
    )]
    cases: Vec<String>,
}

impl Choice {
    /// Whether nothing is left out.
    pub(super) fn is_everything(&self) -> bool {
        self.tags.is_empty() && self.filter.is_none() && self.cases.is_empty()
    }

    /// Leaves out all that is not meant; says why if nothing is left.
    pub(super) fn choose(&self, plan: &mut Plan) -> Result<(), String> {
        let (scenarios, cases) = (plan.scenarios.len(), plan.case_count());
        let text = self.filter.as_deref().map(str::to_lowercase);
        for scenario in &mut plan.scenarios {
            let has_text = has_text(scenario, text.as_deref());
            scenario
                .cases
                .retain(|case| (has_text || is_in_name(case, text.as_deref())) && self.names(case));
        }
        plan.scenarios
            .retain(|scenario| has_tags(&scenario.tags, &self.tags) && !scenario.cases.is_empty());
        if !plan.scenarios.is_empty() {
            return Ok(());
        }
        let mut asked: Vec<String> = Vec::new();
        let tags = self.tags.iter().map(|tag| ("tag", tag));
        let filter = self.filter.iter().map(|text| ("filter", text));
        let names = self.cases.iter().map(|name| ("case", name));
        for (flag, value) in tags.chain(filter).chain(names) {
            asked.push(format!("--{flag} {}", shell_word(value)));
        }
        let all = if scenarios == cases {
            plural(scenarios, "scenario")
        } else {
            format!(
                "{} of {}",
                plural(cases, "case"),
                plural(scenarios, "scenario")
            )
        };
        Err(format!("none of {all} matches {}", asked.join(" ")))
    }

    /// Whether a case is called what was asked for. A report shows a name without what a terminal would stumble over.
    fn names(&self, case: &Case) -> bool {
        self.cases.is_empty()
            || case.name.as_ref().is_some_and(|name| {
                self.cases
                    .iter()
                    .any(|asked| asked == name || *asked == visible_line(name))
            })
    }
}

/// One of the wanted tags, if any is wanted, and none of the unwanted.
fn has_tags(tags: &[String], asked: &[String]) -> bool {
    let has = |tag: &str| tags.iter().any(|known| known == tag);
    let (unwanted, wanted): (Vec<&String>, Vec<&String>) =
        asked.iter().partition(|tag| tag.starts_with('!'));
    (wanted.is_empty() || wanted.iter().any(|tag| has(tag)))
        && !unwanted.iter().any(|tag| has(&tag[1..]))
}

fn has_text(scenario: &ScenarioPlan, text: Option<&str>) -> bool {
    text.is_none_or(|text| {
        [&scenario.name, &scenario.path]
            .iter()
            .any(|part| part.to_lowercase().contains(text))
    })
}

fn is_in_name(case: &Case, text: Option<&str>) -> bool {
    text.zip(case.name.as_deref())
        .is_some_and(|(text, name)| name.to_lowercase().contains(text))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::sync::Arc;

    fn split(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    pub(in crate::cli) fn plan() -> Plan {
        let scenario = |path: &str, name: &str, tags: &str, cases: &[&str]| ScenarioPlan {
            path: path.into(),
            stem: path.into(),
            name: name.into(),
            tags: split(tags),
            targets: Vec::new(),
            vars: Vec::new(),
            cases: match cases {
                [] => vec![Case::default()],
                cases => cases
                    .iter()
                    .map(|name| Case {
                        name: Some((*name).to_owned()),
                        ..Case::default()
                    })
                    .collect(),
            },
            sandbox: None,
            steps: Vec::new(),
            timeout: None,
        };
        Plan {
            scenarios: vec![
                scenario("a.yaml", "Consent", "smoke", &["4", "14", "Auto\n"]),
                scenario("b/14.yaml", "Session", "smoke slow", &["x", "y"]),
                scenario("c.yaml", "Login", "", &[]),
            ],
            engine: Arc::default(),
        }
    }

    /// Each case as `path[name]`.
    pub(in crate::cli) fn names(plan: &Plan) -> Vec<String> {
        let mut names = Vec::new();
        for scenario in &plan.scenarios {
            for case in &scenario.cases {
                let case = case.name.as_deref().unwrap_or("-");
                names.push(format!("{}[{case}]", scenario.path));
            }
        }
        names
    }

    fn chosen(choice: &Choice) -> Result<String, String> {
        let mut plan = plan();
        choice.choose(&mut plan)?;
        let scenarios = plan.scenarios.iter().map(|scenario| {
            let cases: Vec<&str> = scenario
                .cases
                .iter()
                .map(|case| case.name.as_deref().unwrap_or("-").trim())
                .collect();
            format!("{}[{}]", scenario.path, cases.join(" "))
        });
        Ok(scenarios.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn text_and_names_select_cases() {
        for (filter, cases, selected) in [
            (None, "", "a.yaml[4 14 Auto] b/14.yaml[x y] c.yaml[-]"),
            (Some("4"), "", "a.yaml[4 14] b/14.yaml[x y]"),
            (Some("CONS"), "", "a.yaml[4 14 Auto]"),
            (Some("auto"), "", "a.yaml[Auto]"),
            (Some("login"), "", "c.yaml[-]"),
            (None, "4", "a.yaml[4]"),
            (None, "4 y", "a.yaml[4] b/14.yaml[y]"),
            (Some("14"), "y 4", "b/14.yaml[y]"),
            (None, "Auto\\n", "a.yaml[Auto]"),
        ] {
            let choice = Choice {
                filter: filter.map(str::to_owned),
                cases: split(cases),
                ..Choice::default()
            };
            assert_eq!(
                chosen(&choice).as_deref(),
                Ok(selected),
                "{filter:?} {cases}"
            );
        }
        let choice = Choice {
            tags: split("slow"),
            filter: Some("none such".into()),
            cases: split("4"),
        };
        assert_eq!(
            chosen(&choice).unwrap_err(),
            "none of 6 cases of 3 scenarios matches --tag slow --filter 'none such' --case 4"
        );
    }

    #[test]
    fn tags_select() {
        for (tags, asked, selected) in [
            ("smoke slow", "", true),
            ("smoke slow", "smoke", true),
            ("smoke slow", "other smoke", true),
            ("smoke slow", "smoke !slow", false),
            ("smoke", "!slow", true),
            ("", "smoke", false),
            ("", "!smoke", true),
            ("smoked", "smoke", false),
        ] {
            assert_eq!(
                has_tags(&split(tags), &split(asked)),
                selected,
                "{tags} / {asked}"
            );
        }
    }
}
