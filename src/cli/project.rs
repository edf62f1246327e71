//! The project: its folder, its file, and the target that a run talks to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::load::Texts;
use crate::check::Override;
use crate::model::diagnostic::nearest;
use crate::model::node::{Node, NodeKind, Text};
use crate::model::project::{Project, Target, TargetDefinition, TargetKind};
use crate::model::scenario::{RequestOptions, SnapshotOptions};
use crate::model::secret::{SHORTEST, Secret};
use crate::parse;
use crate::report::shown_path;

/// What the project file is called.
pub(super) const PROJECT_FILE: &str = "sammati.yaml";
/// The target that every project has.
const EMBEDDED: &str = "embedded";

/// A project's folder and what its file says.
pub(super) struct ProjectFolder {
    /// The folder.
    pub(super) root: PathBuf,
    /// The file, or the defaults where there is none or it is broken.
    pub(super) project: Project,
}

/// The folder of the nearest project file in the working folder and above it; the working folder if there is none.
pub(super) fn root(working_folder: &Path) -> PathBuf {
    working_folder
        .ancestors()
        .find(|folder| folder.join(PROJECT_FILE).is_file())
        .unwrap_or(working_folder)
        .to_owned()
}

/// Reads the project file if there is one; what is wrong with it is added to the texts.
pub(super) fn open(texts: &mut Texts, working_folder: &Path) -> ProjectFolder {
    let root = root(working_folder);
    let path = root.join(PROJECT_FILE);
    let mut project = Project {
        file: None,
        target: None,
        targets: Vec::new(),
        defaults: RequestOptions::default(),
        snapshot: SnapshotOptions::default(),
    };
    if path.is_file()
        && let Some(file) = texts.read(&path, &shown_path(&path, working_folder))
    {
        match parse::project(&texts.sources, file) {
            Ok(read) => project = read,
            Err(mistakes) => texts.diagnostics.extend(mistakes),
        }
    }
    ProjectFolder { root, project }
}

/// The name of the target, from the first that says one: `--target`, SAMMATI_TARGET, the project file.
pub(super) fn target_name<'a>(
    flag: Option<&'a str>,
    environment: Option<&'a str>,
    project: &'a Project,
) -> &'a str {
    flag.or(environment.filter(|name| !name.is_empty()))
        .unwrap_or_else(|| default_target(project))
}

fn default_target(project: &Project) -> &str {
    project
        .target
        .as_ref()
        .map_or(EMBEDDED, |name| name.value.as_str())
}

/// The variables that every sandbox gives.
const SANDBOX_NAMES: [&str; 4] = [
    "auth_url",
    "client_id",
    "client_secret",
    "product_instance_id",
];

/// Gives the target's own variables the values from outside, so that fragments see them too.
pub(super) fn override_variables(target: &mut Target, overrides: &[Override]) {
    for given in overrides {
        let is_of_sandbox = target.has_sandbox() && SANDBOX_NAMES.contains(&given.name.as_str());
        let known = target.vars.iter_mut().find(|(name, _)| *name == given.name);
        match known {
            Some((_, value)) => *value = given.value.clone(),
            None if is_of_sandbox => target.vars.push((given.name.clone(), given.value.clone())),
            None => {}
        }
    }
}

/// A secret that was asked for by the project file and is nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MissingSecret {
    /// Its name in scenarios.
    pub(super) name: String,
    /// The variable of the environment that would give it.
    pub(super) variable: String,
}

/// A target with the secrets that could not be found; those have a stand-in, so that `check` knows their names.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) target: Target,
    pub(super) missing: Vec<MissingSecret>,
}

/// Why there is no target to run on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TargetError {
    /// There is none of that name.
    Unknown(String),
    /// What was given for it is wrong.
    Wrong(Vec<String>),
}

/// Looks the target up and its secrets in the environment; `given` are those of the command line.
pub(super) fn resolve(
    name: &str,
    project: &Project,
    given: &[(String, String)],
    environment: &BTreeMap<String, String>,
) -> Result<Resolved, TargetError> {
    let definition = project
        .targets
        .iter()
        .find(|target| target.name.value == name);
    if definition.is_none() && name != EMBEDDED {
        return Err(TargetError::Unknown(unknown(name, project)));
    }
    let mut target = Target {
        name: name.to_owned(),
        is_default: name == default_target(project),
        kind: definition.map_or(TargetKind::Embedded, kind),
        vars: Vec::new(),
        secrets: Vec::new(),
        hosts: Vec::new(),
        resolve: Vec::new(),
        rate: definition.and_then(|target| target.rate),
    };
    let mut missing = Vec::new();
    let mut wrong = Vec::new();
    for (name, value) in given {
        if is_too_short(value) {
            wrong.push(too_short(name, "given by `--secret`"));
        }
        target.secrets.push((name.clone(), Secret::new(value)));
    }
    if let Some(definition) = definition {
        target.hosts = definition
            .hosts
            .iter()
            .map(|host| host.value.clone())
            .collect();
        target.resolve = definition
            .resolve
            .iter()
            .map(|(name, address)| (name.value.clone(), *address))
            .collect();
        // A secret of the command line stands in for a variable of the same name.
        target.vars = definition
            .vars
            .iter()
            .filter(|(name, _)| !given.iter().any(|(given, _)| *given == name.value))
            .map(|(name, value)| (name.value.clone(), value.to_json()))
            .collect();
        for (name, source) in &definition.secrets {
            let name = &name.value;
            if given.iter().any(|(given, _)| given == name) {
                continue;
            }
            let variable = variable_of(&source.value);
            match environment.get(variable).filter(|value| !value.is_empty()) {
                Some(value) => {
                    if is_too_short(value) {
                        wrong.push(too_short(name, &format!("from ${variable}")));
                    }
                    target.secrets.push((name.clone(), Secret::new(value)));
                }
                None => {
                    target
                        .secrets
                        .push((name.clone(), Secret::new(format!("missing {name}"))));
                    missing.push(MissingSecret {
                        name: name.clone(),
                        variable: variable.to_owned(),
                    });
                }
            }
        }
    }
    if wrong.is_empty() {
        Ok(Resolved { target, missing })
    } else {
        Err(TargetError::Wrong(wrong))
    }
}

/// Whether a value is so short that hiding it would hide half of every output.
pub(super) fn is_too_short(value: &str) -> bool {
    value.chars().count() < SHORTEST
}

/// What is said of such a value; never the value itself.
pub(super) fn too_short(name: &str, origin: &str) -> String {
    format!(
        "the secret `{name}`, {origin}, is shorter than {SHORTEST} characters, too short to be hidden in the output"
    )
}

fn kind(definition: &TargetDefinition) -> TargetKind {
    let origin = |url: &str| url.trim_end_matches('/').to_owned();
    match (&definition.sandbox, &definition.base_url) {
        (Some(node), _) => match &node.kind {
            NodeKind::Text(url) => TargetKind::RunningSandbox(origin(&url.value)),
            _ => TargetKind::Embedded,
        },
        (None, Some(url)) => TargetKind::Remote(origin(&url.value)),
        (None, None) => TargetKind::Embedded,
    }
}

/// `NAME` of `$NAME` or `${NAME}`.
pub(super) fn variable_of(source: &str) -> &str {
    let name = source.strip_prefix('$').unwrap_or(source);
    name.strip_prefix('{')
        .and_then(|name| name.strip_suffix('}'))
        .unwrap_or(name)
}

/// What a target, or else the project's defaults, say of TLS.
pub(super) fn tls_setting<'a>(
    project: &'a Project,
    target: Option<&'a TargetDefinition>,
    wanted: &str,
) -> Option<&'a Node> {
    let of_target = target.map_or(&[][..], |target| &target.tls);
    let mut all = of_target.iter().chain(&project.defaults.tls);
    all.find(|(name, _)| name.value == wanted)
        .map(|(_, node)| node)
}

/// The path of a file that they name. One that a template computes is known to scenarios alone.
pub(super) fn tls_path<'a>(
    project: &'a Project,
    target: Option<&'a TargetDefinition>,
    wanted: &str,
) -> Option<&'a Text> {
    match &tls_setting(project, target, wanted)?.kind {
        NodeKind::Text(path) if !path.value.contains("{{") => Some(path),
        _ => None,
    }
}

/// All targets that there are; the embedded one needs no definition.
pub(super) fn target_names(project: &Project) -> Vec<String> {
    let defined = project.targets.iter().map(|target| &target.name.value);
    let mut names: Vec<String> = defined.cloned().collect();
    if !names.iter().any(|name| name == EMBEDDED) {
        names.insert(0, EMBEDDED.to_owned());
    }
    names
}

fn unknown(name: &str, project: &Project) -> String {
    let names = target_names(project);
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "{}: {}",
            if known.len() == 1 {
                "the only one is"
            } else {
                "there are"
            },
            known
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    };
    format!("there is no target `{name}`; {hint}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::project::BrowserDefinition;
    use crate::model::source::{FileId, Span};
    use serde_json::json;

    const SPAN: Span = Span {
        file: FileId(0),
        start: 0,
        end: 0,
    };

    fn text(value: &str) -> Text {
        Text {
            value: value.into(),
            span: SPAN,
            verbatim_at: None,
        }
    }

    fn node(kind: NodeKind) -> Node {
        Node { span: SPAN, kind }
    }

    fn definition(name: &str) -> TargetDefinition {
        TargetDefinition {
            name: text(name),
            span: SPAN,
            sandbox: None,
            base_url: Some(text("https://gateway.example/")),
            vars: vec![(
                text("auth_url"),
                node(NodeKind::Text(text("https://auth.example"))),
            )],
            secrets: vec![
                (text("client_id"), text("$CLIENT_ID")),
                (text("client_secret"), text("${CLIENT_SECRET}")),
            ],
            hosts: vec![text("auth.example")],
            resolve: vec![(text("auth.example"), ([127, 0, 0, 1], 9).into())],
            tls: Vec::new(),
            jobs: None,
            consent: None,
            browser: BrowserDefinition::default(),
            notifications: None,
            rate: None,
            snapshot: SnapshotOptions::default(),
        }
    }

    fn project() -> Project {
        let mut running = definition("running");
        running.base_url = None;
        running.sandbox = Some(node(NodeKind::Text(text("http://127.0.0.1:4010/"))));
        running.secrets.clear();
        Project {
            file: None,
            target: Some(text("hosted")),
            targets: vec![definition("hosted"), running],
            defaults: RequestOptions::default(),
            snapshot: SnapshotOptions::default(),
        }
    }

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn the_first_that_names_a_target_wins() {
        let project = project();
        assert_eq!(target_name(Some("a"), Some("b"), &project), "a");
        assert_eq!(target_name(None, Some("b"), &project), "b");
        assert_eq!(target_name(None, Some(""), &project), "hosted");
        let none = Project {
            target: None,
            ..project
        };
        assert_eq!(target_name(None, None, &none), "embedded");
    }

    #[test]
    fn secrets_come_from_the_environment_and_the_command_line() {
        let environment = environment(&[
            ("CLIENT_ID", "id-of-env"),
            ("CLIENT_SECRET", "secret-of-env"),
        ]);
        let given = [
            ("client_id".to_owned(), "id-of-flag".to_owned()),
            ("more".to_owned(), "another-one".to_owned()),
        ];
        let resolved = resolve("hosted", &project(), &given, &environment).unwrap();
        let exposed: Vec<(&str, &str)> = resolved
            .target
            .secrets
            .iter()
            .map(|(name, secret)| (name.as_str(), secret.expose()))
            .collect();
        assert_eq!(
            exposed,
            [
                ("client_id", "id-of-flag"),
                ("more", "another-one"),
                ("client_secret", "secret-of-env")
            ]
        );
        assert_eq!(resolved.missing, []);
        assert!(resolved.target.is_default);
        assert_eq!(
            resolved.target.resolve,
            [("auth.example".to_owned(), ([127, 0, 0, 1], 9).into())]
        );
        assert_eq!(
            resolved.target.kind,
            TargetKind::Remote("https://gateway.example".into())
        );
        assert_eq!(
            resolved.target.vars,
            [("auth_url".to_owned(), json!("https://auth.example"))]
        );
    }

    #[test]
    fn missing_secrets_keep_their_names() {
        let environment = environment(&[("CLIENT_ID", "")]);
        let resolved = resolve("hosted", &project(), &[], &environment).unwrap();
        assert_eq!(resolved.target.secrets.len(), 2);
        assert_eq!(
            resolved.missing,
            [
                ("client_id", "CLIENT_ID"),
                ("client_secret", "CLIENT_SECRET")
            ]
            .map(|(name, variable)| {
                MissingSecret {
                    name: name.into(),
                    variable: variable.into(),
                }
            })
        );
    }

    #[test]
    fn short_secrets_are_refused_and_not_shown() {
        let environment = environment(&[("CLIENT_ID", "abcde"), ("CLIENT_SECRET", "long-enough")]);
        let given = [("more".to_owned(), "éàüöä".to_owned())];
        let Err(TargetError::Wrong(wrong)) = resolve("hosted", &project(), &given, &environment)
        else {
            panic!("short secrets were taken");
        };
        assert_eq!(wrong.len(), 2);
        assert!(wrong[1].contains("$CLIENT_ID") && !wrong[1].contains("abcde"));
    }

    #[test]
    fn targets_that_are_there_and_one_that_is_not() {
        let project = project();
        let none = BTreeMap::new();
        let embedded = resolve("embedded", &project, &[], &none).unwrap().target;
        assert_eq!(embedded.kind, TargetKind::Embedded);
        assert!(!embedded.is_default);
        let running = resolve("running", &project, &[], &none).unwrap().target;
        assert_eq!(
            running.kind,
            TargetKind::RunningSandbox("http://127.0.0.1:4010".into())
        );
        assert_eq!(
            resolve("hostde", &project, &[], &none).unwrap_err(),
            TargetError::Unknown("there is no target `hostde`; did you mean `hosted`?".into())
        );
        assert_eq!(
            resolve("x", &project, &[], &none).unwrap_err(),
            TargetError::Unknown(
                "there is no target `x`; there are: `embedded`, `hosted`, `running`".into()
            )
        );
    }
}
