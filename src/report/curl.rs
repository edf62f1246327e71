//! What a run would send, as commands that a person can paste.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::shell::{self, Variable};
use super::style::{Palette, paint};
use super::terminal::Verbosity;
use super::text::{shown_path, visible_line};
use crate::model::diagnostic::Color;
use crate::model::outcome::{CaseIdentity, Failure};
use crate::model::preview::{
    CasePreview, PartContent, PreviewBody, PreviewLine, PreviewPart, PreviewRequest, SECRET, SPACE,
    UNKNOWN,
};
use crate::model::source::{Sources, Span};

/// What must be known to write the commands.
#[derive(Debug)]
pub struct CurlSettings<'a> {
    /// Whether there are colours.
    pub color: Color,
    /// How much is written: places with the steps, then headers that every request has, too.
    pub verbosity: Verbosity,
    /// The texts that notes point into.
    pub sources: &'a Sources,
    /// Where paths are seen from.
    pub working_folder: &'a Path,
    /// The target's name.
    pub target: &'a str,
    /// What everything random came from.
    pub seed: u64,
    /// Where the sandbox is assumed to be, if each case would have one of its own.
    pub sandbox: Option<&'a str>,
    /// The variables of the environment that secrets come from, by the secrets' names.
    pub variables: &'a BTreeMap<String, String>,
    /// What the runner sends by itself in each request: header names with values.
    pub own_headers: &'a [(&'a str, &'a str)],
}

/// The whole script.
pub fn curl(cases: &[CasePreview], settings: &CurlSettings<'_>) -> String {
    let mut script = Script {
        settings,
        palette: Palette::new(settings.color),
        text: String::new(),
    };
    for case in cases {
        script.case(case);
    }
    let mut whole = script.head(cases);
    whole.push_str(&script.text);
    whole
}

struct Script<'s> {
    settings: &'s CurlSettings<'s>,
    palette: Palette,
    text: String,
}

impl Script<'_> {
    fn is_quiet(&self) -> bool {
        self.settings.verbosity == Verbosity::Quiet
    }

    /// What must be known before anything of it is pasted.
    fn head(&self, cases: &[CasePreview]) -> String {
        let settings = self.settings;
        let mut lines = vec![format!(
            "What a run would send to the target `{}` with --seed {}. Nothing has been sent.",
            settings.target, settings.seed
        )];
        if let Some(origin) = settings.sandbox {
            lines.push(format!(
                "A case has a sandbox of its own. Here all share one at {origin}, where `sammati sandbox` serves it."
            ));
        }
        let secrets = secrets(cases);
        if !secrets.is_empty() {
            let variables: Vec<String> = secrets
                .iter()
                .map(|name| format!("${}", self.variable(name)))
                .collect();
            lines.push(format!("Secrets are read from {}.", variables.join(", ")));
        }
        if any_text(cases, &|text| text.contains(UNKNOWN[0])) {
            lines.push("What only an earlier answer will tell stands here as <name>.".into());
        }
        lines
            .iter()
            .map(|line| self.comment(line))
            .collect::<Vec<_>>()
            .concat()
    }

    fn comment(&self, text: &str) -> String {
        let text = shown(text);
        let text = visible_line(&text);
        format!("{}\n", paint(self.palette.dim, format!("# {text}")))
    }

    fn say(&mut self, text: &str) {
        let comment = self.comment(text);
        self.text.push_str(&comment);
    }

    fn case(&mut self, case: &CasePreview) {
        self.text.push('\n');
        let title = title(&case.about);
        let title = format!("## {}", visible_line(&title));
        let _ = writeln!(self.text, "{}", paint(self.palette.strong, title));
        if let Some(why) = &case.skipped {
            self.say(&format!("skipped: {why}"));
        }
        for line in &case.lines {
            match line {
                PreviewLine::Note { .. } if self.is_quiet() => {}
                PreviewLine::Note { text, span } => {
                    self.text.push('\n');
                    let place = self.place(Some(*span));
                    self.say(&format!("{text}{place}"));
                }
                PreviewLine::Pause(pause) => {
                    let seconds = pause.as_secs_f64();
                    let _ = writeln!(self.text, "sleep {seconds}");
                }
                PreviewLine::Wrong(failure) => self.wrong(failure),
                PreviewLine::Request(request) => self.request(request),
            }
        }
    }

    fn wrong(&mut self, failure: &Failure) {
        let place = self.at(failure.span);
        let mut what = failure.message.clone();
        for (word, value) in [("expected", &failure.expected), ("got", &failure.actual)] {
            if let Some(value) = value {
                let _ = write!(what, ", {word} {value}");
            }
        }
        let what = visible_line(&shown(&format!("# this will fail: {what}{place}")));
        let _ = writeln!(self.text, "{}", paint(self.palette.bad, what));
    }

    fn request(&mut self, request: &PreviewRequest) {
        if !self.is_quiet() && !request.label.is_empty() {
            self.text.push('\n');
            let place = self.place(request.span);
            self.say(&format!("{}{place}", request.label));
            for note in &request.notes {
                self.say(note);
            }
        }
        let command = self.command(request).join(" \\\n  ");
        self.text.push_str(&command);
        self.text.push('\n');
        if !self.is_quiet() && !request.gives.is_empty() {
            let names: Vec<String> = request
                .gives
                .iter()
                .map(|name| format!("<{name}>"))
                .collect();
            self.say(&format!("gives {}", names.join(", ")));
        }
    }

    /// The command and its arguments, a line each.
    fn command(&self, request: &PreviewRequest) -> Vec<String> {
        let variable = |name: &str| self.variable(name);
        let variable: Variable<'_> = &variable;
        let word = |text: &str| shell::word(text, variable);
        let mut first = String::from("curl");
        let has_body = !matches!(request.body, PreviewBody::None);
        match request.method.as_str() {
            "GET" if !has_body => {}
            "HEAD" if !has_body => first.push_str(" --head"),
            // What a redirect repeats is decided by what curl would do by itself.
            "POST" if has_body && request.follow > 0 => {}
            method => {
                let _ = write!(first, " -X {method}");
            }
        }
        // Brackets and braces would mean something to curl.
        if request.url.contains(['[', ']', '{', '}']) {
            first.push_str(" --globoff");
        }
        let _ = write!(first, " {}", word(&request.url));
        let mut lines = vec![first];
        if request.follow > 0 {
            lines.push(format!("--location --max-redirs {}", request.follow));
        }
        lines.extend(self.tls(request, variable));
        if let Some(user) = &request.user {
            lines.push(format!("-u {}", word(user)));
        }
        lines.extend(self.headers(request, variable));
        match &request.body {
            PreviewBody::None if matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") => {
                lines.push("-H 'content-length: 0'".into());
            }
            PreviewBody::None => {}
            PreviewBody::Text(text) => lines.push(shell::data(text, variable)),
            PreviewBody::Fields(fields) => {
                lines.extend(fields.iter().map(|(name, value)| {
                    let field = format!("{}={value}", encoded(name));
                    format!("--data-urlencode {}", word(&field))
                }));
            }
            PreviewBody::File(path) => {
                let path = format!("@{}", self.path(path));
                lines.push(format!("--data-binary {}", word(&path)));
            }
            PreviewBody::Parts(parts) => {
                lines.extend(parts.iter().map(|part| self.part(part, variable)));
            }
        }
        lines
    }

    fn headers(&self, request: &PreviewRequest, variable: Variable<'_>) -> Vec<String> {
        let is_whole = self.settings.verbosity == Verbosity::Exchanges;
        let has = |name: &str| request.headers.iter().any(|(known, _)| known == name);
        let mut lines = Vec::new();
        for (name, value) in &request.headers {
            let own = self.settings.own_headers;
            let is_own = own.contains(&(name.as_str(), value.as_str()));
            if is_own && !is_whole || self.is_implied(name, value, request) {
                continue;
            }
            if is_own && name == "accept-encoding" {
                lines.push("--compressed".into());
            }
            let header = match value.as_str() {
                "" => format!("{name};"),
                value => format!("{name}: {value}"),
            };
            lines.push(format!("-H {}", shell::word(&header, variable)));
        }
        // What curl would send by itself is taken away where the author did so.
        let with_data = matches!(
            request.body,
            PreviewBody::Text(_) | PreviewBody::Fields(_) | PreviewBody::File(_)
        );
        let by_itself = ["user-agent"].into_iter();
        let by_itself = by_itself.chain(with_data.then_some("content-type"));
        let too_much = by_itself.filter(|name| request.is_own && !has(name));
        lines.extend(too_much.map(|name| format!("-H '{name}:'")));
        lines
    }

    /// Whether curl says this by itself.
    fn is_implied(&self, name: &str, value: &str, request: &PreviewRequest) -> bool {
        let is_form = value == "application/x-www-form-urlencoded";
        let is_text = matches!(request.body, PreviewBody::Text(_) | PreviewBody::Fields(_));
        name == "content-type" && is_form && is_text
    }

    fn tls(&self, request: &PreviewRequest, variable: Variable<'_>) -> Vec<String> {
        let mut lines = Vec::new();
        let path = |path: &PathBuf| shell::word(&self.path(path), variable);
        if let Some(ca) = &request.tls.ca {
            lines.push(format!("--cacert {}", path(ca)));
        }
        if let Some((certificate, key)) = &request.tls.identity {
            lines.push(format!("--cert {}", path(certificate)));
            lines.push(format!("--key {}", path(key)));
        }
        if request.tls.insecure {
            lines.push("--insecure".into());
        }
        lines
    }

    fn part(&self, part: &PreviewPart, variable: Variable<'_>) -> String {
        let (flag, form) = match &part.content {
            PartContent::Text(text) => ("--form-string", format!("{}={text}", part.name)),
            PartContent::File {
                path,
                name,
                media_type,
            } => (
                "--form",
                format!(
                    "{}=@{};filename={};type={media_type}",
                    part.name,
                    in_quotes(&self.path(path)),
                    in_quotes(name)
                ),
            ),
        };
        format!("{flag} {}", shell::word(&form, variable))
    }

    fn path(&self, path: &Path) -> String {
        shown_path(path, self.settings.working_folder)
    }

    /// Where something stands, if that was asked for.
    fn place(&self, span: Option<Span>) -> String {
        if self.settings.verbosity < Verbosity::Steps {
            return String::new();
        }
        self.at(span)
    }

    fn at(&self, span: Option<Span>) -> String {
        span.map_or_else(String::new, |span| {
            let source = self.settings.sources.get(span.file);
            let line = self.settings.sources.position(span).line;
            format!("  ({}:{line})", source.path)
        })
    }

    fn variable(&self, name: &str) -> String {
        if let Some(known) = self.settings.variables.get(name) {
            return known.clone();
        }
        let fits = |character: char| {
            if character.is_ascii_alphanumeric() {
                character.to_ascii_uppercase()
            } else {
                '_'
            }
        };
        let name: String = name.chars().map(fits).collect();
        if name.starts_with(|first: char| first.is_ascii_digit()) {
            format!("_{name}")
        } else {
            name
        }
    }
}

/// A text with its marks as people read them.
fn shown(text: &str) -> String {
    text.replace(SPACE, " ")
        .replace(UNKNOWN[0], "<")
        .replace(UNKNOWN[1], ">")
        .replace(SECRET[0], "[")
        .replace(SECRET[1], "]")
}

fn title(about: &CaseIdentity) -> String {
    let mut title = format!("{}: {}", about.path, about.scenario);
    if let Some(case) = &about.case {
        let _ = write!(title, " [{case}]");
    }
    if let Some(number) = about.repetition {
        let _ = write!(title, " #{number}");
    }
    title
}

/// A field's name, as `--data-urlencode` leaves it.
fn encoded(name: &str) -> String {
    url::form_urlencoded::byte_serialize(name.as_bytes()).collect()
}

/// A value in the quotes that `--form` knows.
fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

/// The names of all secrets that stand somewhere.
fn secrets(cases: &[CasePreview]) -> BTreeSet<String> {
    let found = std::cell::RefCell::new(BTreeSet::new());
    any_text(cases, &|text| {
        let names = text.split(SECRET[0]).skip(1);
        let names = names.filter_map(|rest| rest.split_once(SECRET[1]));
        found
            .borrow_mut()
            .extend(names.map(|(name, _)| name.to_owned()));
        false
    });
    found.into_inner()
}

/// Whether something holds of some text of a request.
fn any_text(cases: &[CasePreview], holds: &dyn Fn(&str) -> bool) -> bool {
    cases.iter().flat_map(|case| &case.lines).any(|line| {
        let PreviewLine::Request(request) = line else {
            return false;
        };
        let pairs = |pairs: &[(String, String)]| {
            pairs
                .iter()
                .any(|(name, value)| holds(name) || holds(value))
        };
        let in_body = match &request.body {
            PreviewBody::None => false,
            PreviewBody::Text(text) => holds(text),
            PreviewBody::Fields(fields) => pairs(fields),
            PreviewBody::File(path) => holds(&path.to_string_lossy()),
            PreviewBody::Parts(parts) => parts.iter().any(|part| match &part.content {
                PartContent::Text(text) => holds(text),
                PartContent::File { path, name, .. } => {
                    holds(name) || holds(&path.to_string_lossy())
                }
            }),
        };
        holds(&request.url)
            || request.user.as_deref().is_some_and(holds)
            || pairs(&request.headers)
            || in_body
    })
}
