//! `sammati doctor`: whether a target can be reached and used, and what to do where not.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use super::browser;
use super::check::tell;
use super::environment::{self, World};
use super::exit::Exit;
use super::load::Texts;
use super::prepare::pairs;
use super::project::{self, ProjectFolder, Resolved, TargetError};
use super::run::launcher;
use super::terminal;
use super::webhook::Webhook;
use crate::model::files::Files as _;
use crate::model::node::NodeKind;
use crate::model::project::{ConsentDefinition, Project, TargetDefinition, TargetKind};
use crate::report::{Palette, visible_line, wrapped};
use crate::run::{Finding, Health, Probe, ProjectFiles, Reception, Trust, examine};

/// Say whether a target can be reached and used, and what to do where not
///
/// Logs in and asks for the FIPs, and changes nothing on the other side. Ends with 0 if nothing failed, with 1 if
/// something did.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The target, one of those in sammati.yaml [default: its `target`, else the embedded sandbox]
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// Gives a secret, which no output shows; repeatable
    #[arg(long = "secret", value_name = "NAME=VALUE")]
    secrets: Vec<String>,
    /// Tries whether what is sent to this URL, the one on the Bridge, comes to the target's `notifications`
    #[arg(long, value_name = "URL")]
    notify: Option<String>,
    /// How findings are written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = FormatName::Human)]
    format: FormatName,
}

const EXAMPLES: &str = "\
Examples:
  sammati doctor                    the default target
  sammati doctor --target setu      before the first run against Setu
  sammati doctor --target setu --notify https://tunnel.example/setu   whether notifications come, too
  sammati doctor --format json      for a program";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatName {
    /// A line each, and what to do
    Human,
    /// {target, ok, checks: [{check, status, detail, advice}]}
    Json,
}

/// Tries everything and says what came of it.
pub(super) fn doctor(arguments: &Arguments, world: &World) -> Exit {
    match examined(arguments, world) {
        Ok((target, findings)) => {
            let written = match arguments.format {
                FormatName::Human => write_human(&target, &findings, world),
                FormatName::Json => write_json(&target, &findings),
            };
            if let Err(error) = written {
                world.error(&format!("the findings cannot be written: {error}"));
                return Exit::CouldNotRun;
            }
            if findings
                .iter()
                .any(|finding| finding.health == Health::Failed)
            {
                Exit::Failed
            } else {
                Exit::Passed
            }
        }
        Err((messages, exit)) => {
            for message in messages {
                world.error(&message);
            }
            exit
        }
    }
}

type Refused = (Vec<String>, Exit);

/// What the target is called and where it is, and what was found.
fn examined(arguments: &Arguments, world: &World) -> Result<(String, Vec<Finding>), Refused> {
    let mut texts = Texts::default();
    let ProjectFolder { root, project } = project::open(&mut texts, &world.folder);
    tell(&texts.diagnostics, &texts.sources, world);
    let mut messages = Vec::new();
    let given = pairs(&arguments.secrets, "secret", &mut messages);
    let variables: BTreeMap<String, String> = match environment::with_env_file(&root) {
        Ok(variables) => variables,
        Err(message) => {
            messages.push(message);
            BTreeMap::new()
        }
    };
    let probe = match arguments.notify.as_deref().map(Webhook::parse).transpose() {
        Ok(webhook) => webhook.as_ref().map(probe),
        Err(why) => {
            messages.push(format!("the URL of --notify cannot be used: {why}"));
            None
        }
    };
    if !texts.diagnostics.is_empty() || !messages.is_empty() {
        return Err((messages, Exit::WrongInput));
    }
    let wanted = environment::variable("SAMMATI_TARGET");
    let name = project::target_name(arguments.target.as_deref(), wanted.as_deref(), &project);
    let Resolved { target, missing } = match project::resolve(name, &project, &given, &variables) {
        Ok(resolved) => resolved,
        Err(TargetError::Wrong(wrong)) => return Err((wrong, Exit::WrongInput)),
        Err(TargetError::Unknown(message)) => return Err((vec![message], Exit::CouldNotRun)),
    };
    let definition = project
        .targets
        .iter()
        .find(|target| target.name.value == name);
    let trust = trust(&project, definition, &texts, root)
        .map_err(|message| (vec![message], Exit::WrongInput))?;
    let mut findings = Vec::new();
    if !missing.is_empty() {
        let names = |of: fn(&project::MissingSecret) -> String| {
            missing.iter().map(of).collect::<Vec<_>>().join(", ")
        };
        findings.push(Finding::failed(
            "credentials",
            format!("not set: {}", names(|secret| secret.name.clone())),
            format!(
                "set {} in the environment or in a `.env` file beside `{}`; the Bridge shows the values",
                names(|secret| format!("${}", secret.variable)),
                project::PROJECT_FILE
            ),
        ));
    } else if target.secrets.is_empty() && target.has_sandbox() {
        findings.push(Finding::ok("credentials", "the sandbox's own"));
    } else {
        let names: Vec<&str> = target
            .secrets
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        findings.push(Finding::ok("credentials", names.join(", ")));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            (
                vec![format!("nothing can be tried: {error}")],
                Exit::CouldNotRun,
            )
        })?;
    findings.extend(runtime.block_on(examine(
        &target,
        missing.is_empty(),
        Reception {
            address: definition.and_then(|target| target.notifications),
            probe,
        },
        &launcher(Arc::default()),
        trust,
    )));
    let is_driven = definition
        .is_some_and(|target| matches!(target.consent, Some(ConsentDefinition::Browser(_))));
    findings.push(browser(is_driven));
    let place = match &target.kind {
        TargetKind::Embedded => "the sandbox that is built in".to_owned(),
        TargetKind::RunningSandbox(url) | TargetKind::Remote(url) => url.clone(),
    };
    Ok((format!("{name} ({place})"), findings))
}

fn probe(webhook: &Webhook) -> Probe {
    Probe {
        url: webhook.url(),
        shown: webhook.to_string(),
        secrets: webhook.secrets(),
    }
}

/// What the target, or else the defaults of the project, ask of TLS.
fn trust(
    project: &Project,
    target: Option<&TargetDefinition>,
    texts: &Texts,
    root: PathBuf,
) -> Result<Trust, String> {
    let files = ProjectFiles::new(root, texts.files.as_slice());
    let read = |wanted: &str| match project::tls_path(project, target, wanted) {
        Some(path) => files
            .read(path.span.file, &path.value)
            .map(Some)
            .map_err(|problem| format!("the `{wanted}` of `tls`: {}", problem.about(&path.value))),
        None => Ok(None),
    };
    let insecure = project::tls_setting(project, target, "insecure");
    Ok(Trust {
        ca: read("ca")?,
        identity: read("cert")?.zip(read("key")?),
        insecure: insecure.is_some_and(|node| matches!(node.kind, NodeKind::Bool(true))),
    })
}

/// Only what is driven needs one: without, it is a failure where the target's consents are given so.
fn browser(is_needed: bool) -> Finding {
    match browser::find(None) {
        Ok(path) => Finding::ok("browser", path.display().to_string()),
        Err(why) if is_needed => Finding::failed(
            "browser",
            why,
            "the target's consents are given by a driven browser; `--consent manual` shows their links instead",
        ),
        Err(_) => Finding::skipped(
            "browser",
            "no Chrome or Chromium was found; only `browser` steps and `--consent browser` need one",
        ),
    }
}

fn write_human(target: &str, findings: &[Finding], world: &World) -> io::Result<()> {
    let palette = Palette::new(world.terminal.stdout);
    let mut out = terminal::stdout();
    let strong = palette.strong;
    writeln!(out, "{strong}{}{strong:#}", visible_line(target))?;
    // In a window that is too narrow for anything the terminal wraps.
    let columns = world.terminal.stdout_columns;
    let columns = columns.filter(|columns| *columns >= 2 * INDENT);
    for finding in findings {
        let (style, word) = match finding.health {
            Health::Ok => (palette.good, "ok"),
            Health::Failed => (palette.bad, "failed"),
            Health::Skipped => (palette.warn, "skipped"),
        };
        let detail = rows(&visible_line(&finding.detail), columns);
        write!(
            out,
            "  {style}{word:7}{style:#}  {:13}  {detail}",
            finding.name
        )?;
        if let Some(advice) = &finding.advice {
            let style = palette.accent;
            let advice = rows(
                &visible_line(advice),
                columns.map(|columns| columns - ARROW),
            );
            let advice = advice.replace(&" ".repeat(INDENT), &" ".repeat(INDENT + ARROW));
            write!(out, "{:INDENT$}{style}->{style:#} {advice}", "")?;
        }
    }
    let failed = |finding: &&Finding| finding.health == Health::Failed;
    let (style, verdict) = match findings.iter().filter(failed).count() {
        0 => (palette.good, "Nothing is wrong.".to_owned()),
        1 => (palette.bad, "1 thing is wrong.".to_owned()),
        count => (palette.bad, format!("{count} things are wrong.")),
    };
    writeln!(out, "\n{style}{verdict}{style:#}")?;
    out.flush()
}

/// How far what was found stands to the right.
const INDENT: usize = 26;
/// What stands before an advice.
const ARROW: usize = "-> ".len();

/// A text as lines below each other, as far to the right as findings stand.
fn rows(text: &str, columns: Option<usize>) -> String {
    let rows = match columns {
        Some(columns) => wrapped(text, columns - INDENT),
        None => vec![text.to_owned()],
    };
    let mut lines = rows.join(&format!("\n{:INDENT$}", ""));
    lines.push('\n');
    lines
}

fn write_json(target: &str, findings: &[Finding]) -> io::Result<()> {
    let checks: Vec<Value> = findings
        .iter()
        .map(|finding| {
            json!({
                "check": finding.name,
                "status": match finding.health {
                    Health::Ok => "ok",
                    Health::Failed => "failed",
                    Health::Skipped => "skipped",
                },
                "detail": finding.detail,
                "advice": finding.advice,
            })
        })
        .collect();
    let ok = findings
        .iter()
        .all(|finding| finding.health != Health::Failed);
    let whole = json!({ "target": target, "ok": ok, "checks": checks });
    let mut out = terminal::stdout();
    writeln!(out, "{whole:#}")?;
    out.flush()
}
