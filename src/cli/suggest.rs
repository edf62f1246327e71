//! `sammati snapshots --suggest`: two runs, and the rules that make them equal.

use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::browser;
use super::check::tell;
use super::environment::World;
use super::exit::{self, Exit, Surroundings};
use super::interrupt::{self, Armed};
use super::prepare::{self, Inputs, Prepared, Purpose};
use super::project::PROJECT_FILE;
use super::run::{customer, notifications};
use super::terminal;
use crate::model::outcome::Keep;
use crate::model::plan::Plan;
use crate::model::project::{Target, TargetKind};
use crate::model::secret::Secret;
use crate::model::source::{Sources, Span};
use crate::report::{
    Reporter as _, RunFacts, Screen, SuggestedBlock, SuggestedRule, Terminal, TerminalSettings,
    Verbosity, plural, suggestions,
};
use crate::run::{
    self, FlakyPolicy, LaunchSandbox, Notifications, Pages, RunningSandbox, Settings,
};
use crate::sandbox::{Options, Sandbox};
use crate::snapshot::suggest::{Place, Replacement, Rule, Suggestion, Suggestions, suggest};
use crate::snapshot::{Store, Tapes};

/// How far the second run's embedded sandbox is ahead: another day, hour, minute and second.
const AHEAD: Duration = Duration::from_secs(86_400 + 3_600 + 60 + 1);

/// So far apart the runs begin where the clock is not ours: a time that is told by the second differs then.
const APART: Duration = Duration::from_millis(1_100);

/// What both runs share.
struct Ground {
    pages: Pages,
    pictures: PathBuf,
    plan: Arc<Plan>,
    target: Target,
    jobs: usize,
    manual: bool,
    base: PathBuf,
    files: Arc<[PathBuf]>,
    environment: Vec<(String, Secret)>,
    notifications: Option<Arc<Notifications>>,
    armed: Armed,
    facts: Arc<RunFacts>,
}

/// Runs twice, and proposes.
pub(super) fn propose(inputs: &Inputs, seed: u64, world: &World) -> Exit {
    let prepared = match prepare::prepare(inputs, Purpose::Run, world) {
        Ok(prepared) => prepared,
        Err(refusal) => {
            tell(&refusal.diagnostics, &refusal.sources, world);
            for message in refusal.messages {
                world.error(&message);
            }
            return refusal.exit;
        }
    };
    tell(&prepared.texts.diagnostics, &prepared.texts.sources, world);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(twice(inputs, prepared, seed, world)),
        Err(error) => {
            world.error(&format!("the run cannot be started: {error}"));
            Exit::CouldNotRun
        }
    }
}

async fn twice(inputs: &Inputs, prepared: Prepared, seed: u64, world: &World) -> Exit {
    let notifications = match notifications(prepared.notifications).await {
        Ok(notifications) => notifications,
        Err(message) => {
            world.error(&message);
            return Exit::CouldNotRun;
        }
    };
    let armed = match interrupt::arm(Screen::default()) {
        Ok(armed) => armed,
        Err(error) => {
            world.error(&format!("signals cannot be listened to: {error}"));
            return Exit::CouldNotRun;
        }
    };
    let sources = Arc::new(prepared.texts.sources);
    let facts = Arc::new(RunFacts {
        sources: Arc::clone(&sources),
        working_folder: world.folder.clone(),
        target: prepared.target.name.clone(),
        seed: Some(seed),
        started: jiff::Timestamp::now(),
        ..RunFacts::default()
    });
    let ground = Ground {
        plan: Arc::new(prepared.plan),
        target: prepared.target,
        // Cases mostly wait.
        jobs: prepared.target_jobs.map_or(4, |jobs| jobs.max(1) as usize),
        manual: prepared.manual,
        pictures: prepared.root.join(browser::FOLDER).join(browser::PICTURES),
        pages: prepared.pages,
        base: prepared.base,
        files: prepared.texts.files.into(),
        environment: prepared.environment,
        notifications,
        armed,
        facts,
    };
    let mut tapes = Vec::new();
    let begun = tokio::time::Instant::now();
    for (seed, ahead) in [(seed, Duration::ZERO), (seed.wrapping_add(1), AHEAD)] {
        if !tapes.is_empty() && !matches!(ground.target.kind, TargetKind::Embedded) {
            tokio::time::sleep_until(begun + APART).await;
        }
        let tape = Tapes::default();
        let exit = once(&ground, tape.clone(), seed, ahead, world).await;
        if exit != Exit::Passed {
            world.error("nothing is proposed: a run has to pass before it can be compared");
            return exit;
        }
        tapes.push(tape);
    }
    let [first, second] = tapes.as_slice() else {
        return Exit::CouldNotRun;
    };
    let found = suggest(first, second, inputs.paths.is_empty());
    tell_found(&found, &sources, seed, world)
}

/// One run, of which nothing is told but what failed.
async fn once(ground: &Ground, tapes: Tapes, seed: u64, ahead: Duration, world: &World) -> Exit {
    let absent = Some("two runs are compared");
    let settings = Settings {
        customer: customer(None, &ground.target, ground.manual, absent),
        target: ground.target.clone(),
        jobs: ground.jobs,
        keep: Keep::Failures,
        write: None,
        root: ground.base.clone(),
        files: Arc::clone(&ground.files),
        environment: ground.environment.clone(),
        snapshots: Store::taping(tapes),
        seed,
        reruns: 0,
        flaky: FlakyPolicy::Pass,
        notifications: ground.notifications.clone(),
        launch_sandbox: Some(launcher(ahead)),
        launch_browser: Some(browser::launcher(
            browser::Driving::default().options(&ground.pages, &world.folder),
        )),
        pages: ground.pages.clone(),
        pictures: ground.pictures.clone(),
        interrupt: ground.armed.receiver.clone(),
        stop_at_failure: None,
        grace: run::GRACE,
    };
    let mut report = Terminal::new(
        BufWriter::new(terminal::stderr()),
        TerminalSettings {
            color: world.terminal.stderr,
            verbosity: Verbosity::Quiet,
            facts: Arc::clone(&ground.facts),
            columns: world.terminal.stderr_columns,
        },
    );
    // There is nowhere left to tell it if this fails; the exit status still does.
    let outcome = run::run(Arc::clone(&ground.plan), settings, |event| {
        let _ = report.on_event(event);
    })
    .await;
    let exit = exit::of_run(&outcome, Surroundings::Sound, ground.armed.signal());
    if exit != Exit::Passed {
        let _ = report.on_end(&outcome);
    }
    exit
}

/// A case's own sandbox, whose clock is ahead.
fn launcher(ahead: Duration) -> LaunchSandbox {
    Arc::new(move || {
        Box::pin(async move {
            let options = Options {
                ahead,
                ..Options::default()
            };
            let sandbox = Sandbox::start(options).await?;
            Ok(RunningSandbox {
                origin: sandbox.origin().to_owned(),
                ahead,
                keep: Box::new(sandbox),
            })
        })
    })
}

fn tell_found(found: &Suggestions, sources: &Sources, seed: u64, world: &World) -> Exit {
    let left: Vec<String> = found
        .unsolved
        .iter()
        .map(|unsolved| format!("{}: {}", unsolved.snapshot, unsolved.why))
        .collect();
    let blocks = blocks(&found.rules, sources);
    let text = suggestions(&head(found, seed), &blocks, &left);
    let mut stdout = terminal::stdout();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    if let Err(error) = written {
        world.error(&format!("the rules cannot be written: {error}"));
        return Exit::CouldNotRun;
    }
    if found.unsolved.is_empty() {
        Exit::Passed
    } else {
        Exit::Failed
    }
}

fn head(found: &Suggestions, seed: u64) -> Vec<String> {
    let compared = plural(found.compared, "snapshot");
    if found.compared == 0 && found.unsolved.is_empty() {
        return vec!["Nothing to compare: no step that ran has a `snapshot`.".into()];
    }
    let other = seed.wrapping_add(1);
    if found.differed == 0 && found.unsolved.is_empty() {
        let verb = if found.compared == 1 { "was" } else { "were" };
        return vec![format!(
            "Nothing varied: in two runs, with seeds {seed} and {other}, {compared} {verb} the same."
        )];
    }
    let verb = if found.differed == 1 {
        "differs"
    } else {
        "differ"
    };
    let mut head = vec![format!(
        "{} of {compared} {verb} between two runs, with seeds {seed} and {other}.",
        found.differed
    )];
    if !found.rules.is_empty() {
        head.push(if found.unsolved.is_empty() {
            "With these rules the two are equal; that was tried.".into()
        } else {
            "With these rules the two are equal but for what stands at the end; that was tried."
                .into()
        });
    }
    head
}

fn blocks(rules: &[Suggestion], sources: &Sources) -> Vec<SuggestedBlock> {
    let mut blocks: Vec<(Place, SuggestedBlock)> = Vec::new();
    for suggestion in rules {
        let rule = written(suggestion);
        match blocks.last_mut() {
            Some((place, block)) if *place == suggestion.place => block.rules.push(rule),
            _ => {
                let mut block = block(suggestion.place, sources);
                block.rules.push(rule);
                blocks.push((suggestion.place, block));
            }
        }
    }
    let order = ["headers", "redact", "shape", "sort"];
    for (_, block) in &mut blocks {
        block
            .rules
            .sort_by_key(|rule| order.iter().position(|key| *key == rule.key));
    }
    blocks.into_iter().map(|(_, block)| block).collect()
}

fn block(place: Place, sources: &Sources) -> SuggestedBlock {
    let (place, how, indent) = match place {
        Place::Project => (PROJECT_FILE.to_owned(), "at its top".to_owned(), 0),
        Place::Target => (
            PROJECT_FILE.to_owned(),
            "in the target that this ran on".to_owned(),
            4,
        ),
        Place::File(file) => (sources.get(file).path.clone(), "at its top".to_owned(), 0),
        Place::Step(span) => in_step(span, sources),
    };
    SuggestedBlock {
        place,
        how,
        indent,
        rules: Vec::new(),
    }
}

/// Where a step has its snapshot, what becomes of that, and how far in it stands.
fn in_step(span: Span, sources: &Sources) -> (String, String, usize) {
    let source = sources.get(span.file);
    let position = sources.position(span);
    let line = source
        .text
        .lines()
        .nth(position.line - 1)
        .unwrap_or_default();
    let is_plain = line.trim_start_matches([' ', '-']).starts_with("snapshot:");
    let indent = if is_plain {
        line.chars()
            .take_while(|letter| " -".contains(*letter))
            .count()
    } else {
        4
    };
    let is_bare = line.contains("snapshot: true");
    let how = if is_bare {
        "in place of `snapshot: true`"
    } else {
        "into the `snapshot` that is there"
    };
    (
        format!("{}:{}", source.path, position.line),
        how.into(),
        indent,
    )
}

fn written(suggestion: &Suggestion) -> SuggestedRule {
    let (key, line) = match &suggestion.rule {
        Rule::Redact(path, replacement) => (
            "redact",
            format!(
                "{}: {}",
                path_as_yaml(path),
                replacement_as_yaml(replacement)
            ),
        ),
        Rule::Sort(path) => ("sort", format!("- {}", path_as_yaml(path))),
        Rule::Shape(path) => ("shape", format!("- {}", path_as_yaml(path))),
        Rule::Headers(names) => ("headers", format!("[{}]", names.join(", "))),
        Rule::WithoutHeader(name) => ("headers", format!("# without {name}")),
    };
    SuggestedRule {
        key,
        line,
        values: suggestion.values.clone(),
        snapshots: suggestion.snapshots.clone(),
        replaces: suggestion.replaces,
    }
}

/// Bare where YAML reads it as the same text.
fn path_as_yaml(path: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_.$[]*".contains(letter);
    if path.chars().all(plain) {
        path.to_owned()
    } else {
        quoted(path)
    }
}

fn replacement_as_yaml(replacement: &Replacement) -> String {
    match replacement {
        Replacement::Text(text) => quoted(text),
        Replacement::Mask => "mask".into(),
        Replacement::Remove => "remove".into(),
        Replacement::Round(decimals) => format!("{{ round: {decimals} }}"),
        Replacement::IfMatches { pattern, text } => {
            let (pattern, text) = (quoted(pattern), quoted(text));
            format!("{{ if_matches: {pattern}, as: {text} }}")
        }
    }
}

/// JSON's texts are YAML's too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
