//! Requests, with the defaults of the project and the file merged in.

use std::time::Duration;

use super::compiler::{Compiler, Here};
use super::{body, repeat, tls};
use crate::model::diagnostic::{Diagnostic, nearest};
use crate::model::node::{Node, NodeKind, Text};
use crate::model::plan;
use crate::model::scenario::{Auth, Named, Request, RequestOptions, Scenario};
use crate::model::template::ValueTemplate;

const TIMEOUT: Duration = Duration::from_secs(30);
const MAX_BODY: u64 = 16 * 1024 * 1024;

/// Compiles a request of that file.
pub(super) fn compile(
    compiler: &mut Compiler<'_>,
    file: &Scenario,
    request: &Request,
    here: Here<'_>,
) -> Option<plan::Request> {
    let layers: [&RequestOptions; 3] = [
        &compiler.input.project.defaults,
        &file.defaults,
        &request.options,
    ];
    judge_scheme(compiler, &request.url);
    let url = compiler.template(&request.url, here);
    let query = merged(
        compiler,
        layers.map(|layer| &layer.query),
        |left, right| left == right,
        here,
    );
    let headers = merged(
        compiler,
        layers.map(|layer| &layer.headers),
        str::eq_ignore_ascii_case,
        here,
    );
    warn_of_accept(compiler, layers.map(|layer| &layer.headers));
    let auth = match strongest(layers, |layer| layer.auth.as_ref()) {
        Some(auth) => self::auth(compiler, auth, here),
        None => Some(plan::Auth::None),
    };
    let follow = match strongest(layers, |layer| layer.follow.as_ref()) {
        Some(node) => compiler.value(node, here),
        None => Some(ValueTemplate::fixed(false.into())),
    };
    let timeout = compiler.duration_or(
        strongest(layers, |layer| layer.timeout.as_ref()),
        TIMEOUT,
        here,
    );
    let max_body = match strongest(layers, |layer| layer.max_body.as_ref()) {
        Some(node) => size(compiler, node),
        None => Some(MAX_BODY),
    };
    let retry = match strongest(layers, |layer| layer.retry.as_ref()) {
        Some(retry) => repeat::retry(compiler, retry, here).map(|retry| Some(Box::new(retry))),
        None => Some(None),
    };
    let body = match &request.body {
        Some(body) => body::compile(compiler, body, here).map(Some),
        None => Some(None),
    };
    let of_target = of_target(compiler);
    let [project, file, own] = layers.map(|layer| &layer.tls);
    let tls = tls::compile(compiler, [project, of_target, file, own], here);
    Some(plan::Request {
        method: request.method.value.clone(),
        url: url?,
        url_span: request.url.span,
        query: query?,
        headers: headers?,
        auth: auth?,
        body: body?,
        follow: follow?,
        timeout: timeout?,
        max_body: max_body?,
        retry: retry?,
        tls: tls?,
    })
}

/// What requests speak.
const SCHEMES: [&str; 2] = ["http", "https"];

/// Notes a scheme that no request can be sent by. What a template gives may be any.
fn judge_scheme(compiler: &mut Compiler<'_>, url: &Text) {
    let Some((scheme, _)) = url.value.split_once("://") else {
        return;
    };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character));
    let is_known = SCHEMES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(scheme));
    if is_scheme && !is_known {
        let hint = match nearest(scheme, SCHEMES) {
            Some(near) => format!("did you mean `{near}://`?"),
            None => "requests are sent to `http://` and `https://`".to_owned(),
        };
        let span = url.part(0..scheme.len());
        compiler.error(span, format!("no request goes to `{scheme}://`"), hint);
    }
}

/// What the target's definition asks of TLS.
fn of_target<'a>(compiler: &Compiler<'a>) -> &'a Vec<Named> {
    const NOTHING: &Vec<Named> = &Vec::new();
    let input = compiler.input;
    let mut targets = input.project.targets.iter();
    targets
        .find(|target| target.name.value == input.target.name)
        .map_or(NOTHING, |target| &target.tls)
}

fn strongest<'l, T>(
    layers: [&'l RequestOptions; 3],
    pick: impl Fn(&'l RequestOptions) -> Option<&'l T>,
) -> Option<&'l T> {
    layers.into_iter().rev().find_map(pick)
}

/// The client of requests knows no way to leave `accept` out, and nobody must believe that it was.
fn warn_of_accept(compiler: &mut Compiler<'_>, layers: [&Vec<Named>; 3]) {
    let pairs = strongest_pairs(layers, str::eq_ignore_ascii_case);
    let mut found = pairs
        .iter()
        .filter(|(name, _)| name.value.eq_ignore_ascii_case("accept"));
    if let Some((_, value)) = found.find(|(_, value)| matches!(value.kind, NodeKind::Null)) {
        let warning = Diagnostic::warning(
            value.span,
            "`accept` is always sent: without a value it is `*/*`",
        );
        compiler.mistake(warning.hint("write what is wanted, or \"*/*\""));
    }
}

/// The pairs of all layers; a stronger one replaces a weaker one of the same name. Null stays: it takes
/// away what `run` would send by itself too.
fn merged(
    compiler: &mut Compiler<'_>,
    layers: [&Vec<Named>; 3],
    same: impl Fn(&str, &str) -> bool,
    here: Here<'_>,
) -> Option<Vec<(String, ValueTemplate)>> {
    let pairs = strongest_pairs(layers, same);
    let compiled: Vec<Option<(String, ValueTemplate)>> = pairs
        .into_iter()
        .map(|(name, value)| {
            compiler
                .value(value, here)
                .map(|value| (name.value.clone(), value))
        })
        .collect();
    compiled.into_iter().collect()
}

/// The pairs of all layers, as written; a stronger one replaces a weaker one, be it null.
pub(super) fn strongest_pairs<const LAYERS: usize>(
    layers: [&Vec<Named>; LAYERS],
    same: impl Fn(&str, &str) -> bool,
) -> Vec<(&Text, &Node)> {
    let mut pairs: Vec<(&Text, &Node)> = Vec::new();
    for layer in layers {
        for (name, value) in layer {
            pairs.retain(|(known, _)| !same(&known.value, &name.value));
            pairs.push((name, value));
        }
    }
    pairs
}

fn auth(compiler: &mut Compiler<'_>, auth: &Auth, here: Here<'_>) -> Option<plan::Auth> {
    Some(match auth {
        Auth::None => plan::Auth::None,
        Auth::Bearer(token) => plan::Auth::Bearer(compiler.template(token, here)?),
        Auth::Basic { user, password } => {
            let (user, password) = (
                compiler.template(user, here),
                compiler.template(password, here),
            );
            plan::Auth::Basic {
                user: user?,
                password: password?,
            }
        }
    })
}

/// A size in bytes, or with a unit: `16MiB`.
fn size(compiler: &mut Compiler<'_>, node: &Node) -> Option<u64> {
    let bytes = match &node.kind {
        NodeKind::Number(number) => number.as_u64(),
        NodeKind::Text(text) => {
            let text = text.value.trim();
            let digits = text
                .find(|character: char| !character.is_ascii_digit())
                .unwrap_or(text.len());
            let unit = match text[digits..].trim() {
                "" | "B" => Some(1),
                "KB" | "kB" => Some(1000),
                "KiB" => Some(1 << 10),
                "MB" => Some(1_000_000),
                "MiB" => Some(1 << 20),
                "GB" => Some(1_000_000_000),
                "GiB" => Some(1 << 30),
                _ => None,
            };
            text[..digits]
                .parse::<u64>()
                .ok()
                .and_then(|number| number.checked_mul(unit?))
        }
        _ => None,
    };
    if bytes.is_none() {
        compiler.error(
            node.span,
            "a size is expected here",
            "write bytes, or a size like `16MiB`",
        );
    }
    bytes
}
