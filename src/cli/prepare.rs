//! What `run` and `check` have in common: from the command line to a plan, or everything that is wrong.

use clap::Args;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::environment::{self, World};
use super::exit::Exit;
use super::load::{self, Texts};
use super::project::{self, MissingSecret, ProjectFolder, TargetError};
use super::read::{Read, Reading};
use super::used::{self, Variables};
use super::{browser, flow};
use crate::check::{self, Checker, Override};
use crate::model::diagnostic::{Diagnostic, Severity};
use crate::model::files::Files;
use crate::model::natural;
use crate::model::node::NodeKind;
use crate::model::plan::Plan;
use crate::model::project::{ConsentDefinition, Project, Target};
use crate::model::secret::Secret;
use crate::model::source::Sources;
use crate::parse;
use crate::report::shown_path;
use crate::run::{Pages, ProjectFiles};

/// What is run or checked, and with what.
#[derive(Debug, Default, Args)]
pub(super) struct Inputs {
    /// Scenario files and folders of them; `-` reads one from standard input [default: scenarios]
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// The target, one of those in sammati.yaml [default: its `target`, else the embedded sandbox]
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    pub(super) target: Option<String>,
    /// Gives a variable a value; repeatable
    #[arg(long = "var", value_name = "NAME=VALUE", help_heading = "Input")]
    pub(super) vars: Vec<String>,
    /// Reads variables from a YAML or JSON file; repeatable
    #[arg(long = "vars-file", value_name = "FILE", help_heading = "Input")]
    pub(super) vars_files: Vec<PathBuf>,
    /// Gives a secret, which no output shows; repeatable
    #[arg(long = "secret", value_name = "NAME=VALUE", help_heading = "Input")]
    pub(super) secrets: Vec<String>,
}

impl Inputs {
    /// Whether any of them is given.
    pub(super) fn is_anything(&self) -> bool {
        self.target.is_some()
            || [&self.paths, &self.vars_files]
                .iter()
                .any(|paths| !paths.is_empty())
            || !self.vars.is_empty()
            || !self.secrets.is_empty()
    }
}

/// What the inputs are prepared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Nothing is sent: secrets may be missing, and fragments that nothing uses are read too.
    Check,
    /// Everything must be there.
    Run,
    /// The same, and a driven browser gives the consents, whatever the target says.
    RunDriven,
    /// The same, and none does.
    RunUndriven,
}

/// A plan with all that is needed to run it.
pub(super) struct Prepared {
    pub(super) plan: Plan,
    pub(super) texts: Texts,
    pub(super) target: Target,
    /// How many cases the project file lets run at once on the target.
    pub(super) target_jobs: Option<u32>,
    /// The names of all targets that there are.
    pub(super) target_names: Vec<String>,
    /// Whether the project file says that a person answers the target's consents.
    pub(super) manual: bool,
    /// How a driven browser gets pages on the target.
    pub(super) pages: Pages,
    /// Where the target's notifications are received.
    pub(super) notifications: Option<SocketAddr>,
    /// The project's folder.
    pub(super) root: PathBuf,
    /// What `file(path)` stays inside.
    pub(super) base: PathBuf,
    /// The variables of the environment that the files read.
    pub(super) environment: Vec<(String, Secret)>,
    /// The variables of the environment that secrets come from, by the secrets' names.
    pub(super) secret_variables: BTreeMap<String, String>,
}

/// Why nothing can be run.
pub(super) struct Refusal {
    /// Mistakes in files, warnings among them, by file and place.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The texts that they point into.
    pub(super) sources: Sources,
    /// Where they stand on disk.
    pub(super) files: Vec<PathBuf>,
    /// Mistakes that stand in no file.
    pub(super) messages: Vec<String>,
    /// What it ends with.
    pub(super) exit: Exit,
}

/// Reads, resolves and checks everything. Warnings are in the texts' diagnostics.
pub(super) fn prepare(
    inputs: &Inputs,
    purpose: Purpose,
    world: &World,
) -> Result<Prepared, Refusal> {
    let mut texts = Texts::default();
    let ProjectFolder { root, project } = project::open(&mut texts, &world.folder);
    let is_project_sound = texts.diagnostics.is_empty();
    let mut messages = Vec::new();
    let given = pairs(&inputs.secrets, "secret", &mut messages);
    let selection = load::select(&inputs.paths, &root, &world.folder);
    messages.extend(selection.mistakes.iter().cloned());
    if selection.scenarios.is_empty() && messages.is_empty() && is_project_sound {
        return Err(refuse(
            texts,
            vec![nothing_found(inputs, &root, world)],
            Exit::NothingRan,
        ));
    }
    let overrides = overrides(inputs, &mut texts, &mut messages, world);
    let wanted = environment::variable("SAMMATI_TARGET");
    let name = project::target_name(inputs.target.as_deref(), wanted.as_deref(), &project);
    let definition = project
        .targets
        .iter()
        .find(|target| target.name.value == name);
    let mut reading = Reading::new(&selection.base, world);
    let flow = flow::wanted(definition, purpose);
    let flow = flow::read(&mut texts, &mut reading.read, flow, &root, world);
    let mut variables = Variables::default();
    if definition.is_some_and(|target| !target.secrets.is_empty()) {
        variables.read(&root, &mut messages);
    }
    // Where the project file or the target is wrong, scenarios can be read, but not checked.
    let resolved = if is_project_sound {
        project::resolve(name, &project, &given, &variables.all).map_err(Some)
    } else {
        Err(None)
    };
    let resolved = resolved.map(|mut resolved| {
        project::override_variables(&mut resolved.target, &overrides);
        resolved
    });
    let flow = flow.as_ref().map(|file| check::Flow {
        file: file.as_ref(),
    });
    let surroundings = Surroundings {
        project: &project,
        overrides: &overrides,
        flow,
    };
    let mut checker = Checker::default();
    for file in &selection.scenarios {
        let Some(scenario) = reading.scenario(&mut texts, file) else {
            continue;
        };
        variables.look(&texts, &root, &mut messages);
        if let Ok(resolved) = &resolved {
            let files = ProjectFiles::new(selection.base.clone(), texts.files.as_slice());
            let environment = &variables.names;
            let input = surroundings.with(&resolved.target, environment, &reading.read, &files);
            checker.add(&input, &scenario);
        }
    }
    if purpose == Purpose::Check {
        reading.unused_fragments(&mut texts, &selection.fragments);
    }
    for file in reading.mistaken() {
        texts.diagnostics.retain(|told| told.span.file != file);
        checker.forget(file);
    }
    variables.look(&texts, &root, &mut messages);
    let resolved = match resolved {
        Ok(resolved) => resolved,
        Err(None) => return Err(refuse(texts, messages, Exit::WrongInput)),
        Err(Some(TargetError::Wrong(wrong))) => {
            messages.extend(wrong);
            return Err(refuse(texts, messages, Exit::WrongInput));
        }
        Err(Some(TargetError::Unknown(message))) => {
            let is_sound = messages.is_empty() && texts.diagnostics.is_empty();
            messages.push(message);
            let exit = if is_sound {
                Exit::CouldNotRun
            } else {
                Exit::WrongInput
            };
            return Err(refuse(texts, messages, exit));
        }
    };
    let is_whole = texts.diagnostics.is_empty();
    let files = ProjectFiles::new(selection.base.clone(), texts.files.as_slice());
    let environment = &variables.names;
    let input = surroundings.with(&resolved.target, environment, &reading.read, &files);
    let checked = checker.finish(&input);
    let plan = match checked {
        Ok(checked) => {
            texts.diagnostics.extend(checked.warnings);
            Some(checked.plan)
        }
        Err(mistakes) => {
            texts.diagnostics.extend(mistakes.diagnostics);
            // A file that could not be read may be the one that knows the variable.
            if is_whole {
                messages.extend(mistakes.arguments);
            }
            None
        }
    };
    let environment = variables.secrets(&mut messages);
    let is_wrong = texts
        .diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error);
    let plan = match plan {
        Some(plan) if !is_wrong && messages.is_empty() => plan,
        _ => return Err(refuse(texts, messages, Exit::WrongInput)),
    };
    let missing: Vec<MissingSecret> = resolved
        .missing
        .into_iter()
        .filter(|secret| used::is_word_of(&texts.sources, &secret.name))
        .collect();
    if purpose != Purpose::Check && !missing.is_empty() {
        let message = missing_secrets(name, &missing);
        return Err(refuse(texts, vec![message], Exit::CouldNotRun));
    }
    sort(&mut texts);
    let secret_variables = definition
        .into_iter()
        .flat_map(|target| &target.secrets)
        .map(|(name, source)| (&name.value, project::variable_of(&source.value).to_owned()))
        .filter(|(name, _)| !given.iter().any(|(known, _)| known == *name))
        .map(|(name, variable)| (name.clone(), variable))
        .chain(
            environment
                .iter()
                .map(|(name, _)| (name.clone(), name.clone())),
        )
        .collect();
    Ok(Prepared {
        secret_variables,
        target_jobs: definition.and_then(|target| target.jobs),
        manual: definition
            .is_some_and(|target| matches!(target.consent, Some(ConsentDefinition::Manual))),
        pages: browser::pages(&project, definition),
        notifications: definition.and_then(|target| target.notifications),
        target: resolved.target,
        target_names: project::target_names(&project),
        plan,
        texts,
        root,
        base: selection.base,
        environment,
    })
}

/// What all scenarios are checked with, whatever is read meanwhile.
struct Surroundings<'a> {
    project: &'a Project,
    overrides: &'a [Override],
    flow: Option<check::Flow<'a>>,
}

impl<'a> Surroundings<'a> {
    fn with(
        &self,
        target: &'a Target,
        environment: &'a [String],
        read: &'a Read,
        files: &'a dyn Files,
    ) -> check::Input<'a> {
        check::Input {
            fragments: &read.fragments,
            broken_fragments: &read.broken_fragments,
            schemas: &read.schemas,
            rows: &read.rows,
            broken_rows: &read.broken_rows,
            project: self.project,
            target,
            scenarios_folder: load::SCENARIOS,
            overrides: self.overrides,
            files,
            flow: self.flow,
            environment,
        }
    }
}

fn refuse(mut texts: Texts, messages: Vec<String>, exit: Exit) -> Refusal {
    sort(&mut texts);
    Refusal {
        diagnostics: texts.diagnostics,
        sources: texts.sources,
        files: texts.files,
        messages,
        exit,
    }
}

/// By file and place. What two users of a fragment both complain about is said once.
fn sort(texts: &mut Texts) {
    let sources = &texts.sources;
    texts.diagnostics.sort_by(|left, right| {
        let place = |diagnostic: &Diagnostic| {
            (
                diagnostic.span.start,
                diagnostic.span.end,
                diagnostic.severity,
            )
        };
        let file = |diagnostic: &Diagnostic| &sources.get(diagnostic.span.file).path;
        natural::compare(file(left), file(right)).then_with(|| place(left).cmp(&place(right)))
    });
    texts.diagnostics.dedup();
}

fn nothing_found(inputs: &Inputs, root: &Path, world: &World) -> String {
    let folder = shown_path(&root.join(load::SCENARIOS), &world.folder);
    let start = if root.join(project::PROJECT_FILE).exists() {
        "a scenario to start from with `sammati new NAME`"
    } else {
        "a project to start from with `sammati init`"
    };
    match inputs.paths.as_slice() {
        [] if root.join(load::SCENARIOS).is_dir() => {
            format!("nothing to run: there is no scenario in `{folder}`; make {start}")
        }
        [] => format!(
            "nothing to run: there is no folder `{folder}`; name the files, or make {start}"
        ),
        [path] => format!(
            "nothing to run: there is no scenario in `{}`",
            path.display()
        ),
        _ => "nothing to run: there is no scenario in any of these folders".into(),
    }
}

/// Variables from files, then from the command line; the last of a name wins.
fn overrides(
    inputs: &Inputs,
    texts: &mut Texts,
    messages: &mut Vec<String>,
    world: &World,
) -> Vec<Override> {
    let mut all: Vec<Override> = Vec::new();
    for path in &inputs.vars_files {
        let whole = if path == Path::new("-") {
            path.clone()
        } else {
            world.folder.join(path)
        };
        if path != &whole && !whole.exists() {
            messages.push(format!("there is no file `{}`", path.display()));
            continue;
        }
        let Some(file) = texts.read(&whole, &shown_path(&whole, &world.folder)) else {
            continue;
        };
        match parse::variables(&texts.sources, file) {
            Ok(node) => {
                if let NodeKind::Map(entries) = &node.kind {
                    all.extend(entries.iter().map(|entry| Override {
                        name: entry.key.value.clone(),
                        value: entry.value.to_json(),
                        from_command_line: false,
                    }));
                }
            }
            Err(mistakes) => texts.diagnostics.extend(mistakes),
        }
    }
    all.extend(
        pairs(&inputs.vars, "var", messages)
            .into_iter()
            .map(|(name, value)| Override {
                name,
                value: value.into(),
                from_command_line: true,
            }),
    );
    let mut seen = BTreeSet::new();
    let mut last: Vec<Override> = all
        .into_iter()
        .rev()
        .filter(|given| seen.insert(given.name.clone()))
        .collect();
    last.reverse();
    last
}

/// `NAME=VALUE` arguments. What is wrong is said without the value, which may be a secret.
pub(super) fn pairs(
    arguments: &[String],
    flag: &str,
    messages: &mut Vec<String>,
) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for argument in arguments {
        match argument.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                let name = name.trim().to_owned();
                all.retain(|(known, _)| *known != name);
                all.push((name, value.to_owned()));
            }
            _ => messages.push(format!("`--{flag}` takes `NAME=VALUE`")),
        }
    }
    all
}

fn missing_secrets(target: &str, missing: &[MissingSecret]) -> String {
    let widest = missing
        .iter()
        .map(|secret| secret.name.len())
        .max()
        .unwrap_or(0);
    let lines: String = missing
        .iter()
        .map(|secret| format!("\n  {:widest$}  from ${}", secret.name, secret.variable))
        .collect();
    format!(
        "the target `{target}` needs secrets that are not set:{lines}\n\
         set them in the environment or in a `.env` file beside `{}`, or give `--secret NAME=VALUE`",
        project::PROJECT_FILE
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_keep_the_last_and_never_show_a_value() {
        let mut messages = Vec::new();
        let arguments = ["a=1", "b=x=y", "a=2", "hunter2hunter2", "=hunter2"].map(str::to_owned);
        let found = pairs(&arguments, "secret", &mut messages);
        assert_eq!(
            found,
            [("b", "x=y"), ("a", "2")].map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        assert_eq!(messages, ["`--secret` takes `NAME=VALUE`"; 2]);
    }

    #[test]
    fn missing_secrets_are_told_at_once() {
        let missing =
            [("client_id", "A"), ("client_secret", "B")].map(|(name, variable)| MissingSecret {
                name: name.into(),
                variable: variable.into(),
            });
        insta::assert_snapshot!(missing_secrets("setu", &missing), @r"
        the target `setu` needs secrets that are not set:
          client_id      from $A
          client_secret  from $B
        set them in the environment or in a `.env` file beside `sammati.yaml`, or give `--secret NAME=VALUE`
        ");
    }
}
