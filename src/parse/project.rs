//! The project file, `sammati.yaml`.

use std::net::{IpAddr, SocketAddr};

use super::definition::{DRIVEN, PROJECT, TARGET, TARGET_BROWSER};
use super::fields::{Reader, is_identifier};
use super::{request, snapshot_options, tls};
use crate::model::diagnostic::Diagnostic;
use crate::model::node::{Entry, Node, NodeKind, Text};
use crate::model::project::{BrowserDefinition, ConsentDefinition, Project, TargetDefinition};
use crate::model::rate::{self, Rate};
use crate::model::scenario::{RequestOptions, SnapshotOptions};
use crate::model::source::FileId;

/// Reads the whole file.
pub(super) fn read(reader: &mut Reader, node: &Node, file: FileId) -> Option<Project> {
    let mut project = Project {
        file: Some(file),
        target: None,
        targets: Vec::new(),
        defaults: RequestOptions::default(),
        snapshot: SnapshotOptions::default(),
    };
    if matches!(node.kind, NodeKind::Null) {
        return Some(project);
    }
    let fields = reader.defined(node, &PROJECT)?;
    for entry in fields.entries {
        let value = &entry.value;
        match entry.key.value.as_str() {
            "target" => project.target = reader.text(value, "a target's name"),
            "targets" => project.targets = targets(reader, value),
            "defaults" => project.defaults = request::defaults(reader, value),
            "snapshot" => project.snapshot = snapshot_options::read(reader, value),
            _ => {}
        }
    }
    if let Some(target) = &project.target
        && target.value != "embedded"
        && !project
            .targets
            .iter()
            .any(|known| known.name.value == target.value)
    {
        let names: Vec<&str> = project
            .targets
            .iter()
            .map(|known| known.name.value.as_str())
            .collect();
        reader.mistake(
            Diagnostic::error(
                target.span,
                format!("there is no target `{}`", target.value),
            )
            .hint(if names.is_empty() {
                "define it under `targets`".to_owned()
            } else {
                format!("known here: {}", super::fields::list(&names))
            }),
        );
    }
    Some(project)
}

fn targets(reader: &mut Reader, node: &Node) -> Vec<TargetDefinition> {
    let Some(fields) = reader.any_fields(node, "`targets`") else {
        return Vec::new();
    };
    fields
        .entries
        .iter()
        .filter_map(|entry| target(reader, entry))
        .collect()
}

fn target(reader: &mut Reader, entry: &Entry) -> Option<TargetDefinition> {
    let fields = reader.defined(&entry.value, &TARGET)?;
    let mut target = TargetDefinition {
        name: entry.key.clone(),
        span: entry.value.span,
        sandbox: None,
        base_url: None,
        vars: Vec::new(),
        secrets: Vec::new(),
        hosts: Vec::new(),
        resolve: Vec::new(),
        tls: Vec::new(),
        jobs: None,
        consent: None,
        browser: BrowserDefinition::default(),
        notifications: None,
        rate: None,
        snapshot: SnapshotOptions::default(),
    };
    for entry in fields.entries {
        let value = &entry.value;
        match entry.key.value.as_str() {
            "sandbox" => target.sandbox = sandbox(reader, value),
            "base_url" => target.base_url = url(reader, value),
            "vars" => target.vars = variables(reader, value),
            "secrets" => target.secrets = secrets(reader, value),
            "hosts" => target.hosts = hosts(reader, value),
            "resolve" => target.resolve = resolve(reader, value),
            "tls" => target.tls = tls::tls(reader, value),
            "jobs" => target.jobs = jobs(reader, value),
            "notifications" => target.notifications = notifications(reader, value),
            "rate" => target.rate = rate(reader, value),
            "snapshot" => target.snapshot = snapshot_options::read(reader, value),
            "consent" => target.consent = consent(reader, value),
            "browser" => target.browser = browser(reader, value),
            _ => {}
        }
    }
    for (name, _) in &target.secrets {
        if target
            .vars
            .iter()
            .any(|(known, _)| known.value == name.value)
        {
            reader.error(
                name.span,
                format!("`{}` is among the `vars` already", name.value),
                "keep one of the two",
            );
        }
    }
    if target.sandbox.is_some()
        && let Some(notifications) = fields
            .entries
            .iter()
            .find(|entry| entry.key.value == "notifications")
    {
        reader.error(
            notifications.key.span,
            "a sandbox is told by itself where to send its notifications",
            "leave `notifications` out",
        );
    }
    match (&target.sandbox, &target.base_url) {
        (None, None) => reader.error(
            entry.key.span,
            format!("the target `{}` has no address", entry.key.value),
            "give it `base_url: https://…`, or `sandbox: true`",
        ),
        (Some(_), Some(url)) => reader.error(
            url.span,
            "a sandbox has its own address",
            "leave `base_url` out, or `sandbox`",
        ),
        _ => {}
    }
    Some(target)
}

/// Variables of a target; their values are taken as they are written.
fn variables(reader: &mut Reader, node: &Node) -> Vec<(Text, Node)> {
    let variables = reader.variables(node, "`vars`");
    for (_, value) in &variables {
        if let NodeKind::Text(text) = &value.kind
            && text.value.contains("{{")
        {
            reader.error(
                value.span,
                "a target's variables are no templates",
                "write the value itself",
            );
        }
    }
    variables
}

fn sandbox(reader: &mut Reader, node: &Node) -> Option<Node> {
    match &node.kind {
        NodeKind::Bool(true) => Some(node.clone()),
        NodeKind::Bool(false) => None,
        NodeKind::Text(_) => url(reader, node).map(|_| node.clone()),
        _ => {
            reader.expected(
                node,
                "`true` or the URL of a sandbox",
                "write `sandbox: true`",
            );
            None
        }
    }
}

fn url(reader: &mut Reader, node: &Node) -> Option<Text> {
    let text = reader.text(node, "a URL")?;
    let is_fine = url::Url::parse(&text.value)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !is_fine {
        reader.error(
            node.span,
            format!("`{}` is no URL of a server", text.value),
            "write it like `https://fiu-sandbox.setu.co`",
        );
        return None;
    }
    Some(text)
}

fn secrets(reader: &mut Reader, node: &Node) -> Vec<(Text, Text)> {
    let mut secrets = Vec::new();
    for (name, value) in reader.variables(node, "`secrets`") {
        let Some(text) = reader.text(&value, "the name of a variable") else {
            continue;
        };
        match text.value.strip_prefix('$') {
            Some(variable) if is_identifier(variable) => {
                let variable = Text {
                    value: variable.to_owned(),
                    ..text
                };
                secrets.push((name, variable));
            }
            _ => {
                // The value itself is not shown: it may be the secret.
                let hint = format!(
                    "write `${}` here, and set that in the environment or in a `.env` file",
                    name.value.to_uppercase()
                );
                reader.error(name.span, format!("a secret does not stand in a file: `{}` must name a variable of the environment", name.value), &hint);
            }
        }
    }
    secrets
}

fn hosts(reader: &mut Reader, node: &Node) -> Vec<Text> {
    let hosts = reader.texts(node, "a host");
    for host in &hosts {
        if host.value.contains("://") || host.value.contains('/') || host.value.is_empty() {
            reader.error(
                host.span,
                format!("`{}` is no host", host.value),
                "write its name alone, like `orgservice-prod.setu.co`, or `name:port`",
            );
        }
    }
    hosts
}

/// Names of hosts, each with an address and perhaps a port.
fn resolve(reader: &mut Reader, node: &Node) -> Vec<(Text, SocketAddr)> {
    let mut known: Vec<(Text, SocketAddr)> = Vec::new();
    for (name, value) in reader.named(node, "`resolve`") {
        let host = name.value.to_ascii_lowercase();
        if !is_host_name(&host) {
            reader.error(
                name.span,
                format!("`{}` is no name of a host", name.value),
                "write the name alone, like `fiu-sandbox.setu.co`; the port belongs to the address",
            );
            continue;
        }
        if known.iter().any(|(other, _)| other.value == host) {
            reader.error(
                name.span,
                format!("`{host}` is there already"),
                "a host has one address here",
            );
            continue;
        }
        let Some(text) = reader.text(&value, "an address") else {
            continue;
        };
        match address(&text.value) {
            Some(address) => known.push((
                Text {
                    value: host,
                    ..name
                },
                address,
            )),
            None => reader.error(
                value.span,
                format!("`{}` is no address", text.value),
                "write an address of numbers, `127.0.0.1`, or with a port `127.0.0.1:8443`",
            ),
        }
    }
    known
}

/// Whether a name server could be asked for it: an address leads to itself.
fn is_host_name(text: &str) -> bool {
    let is_of_a_name =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    !text.is_empty() && text.chars().all(is_of_a_name) && text.parse::<IpAddr>().is_err()
}

/// An address without a port has port 0.
fn address(text: &str) -> Option<SocketAddr> {
    let numbers = match text.strip_prefix("localhost") {
        Some(rest) if rest.is_empty() || rest.starts_with(':') => format!("127.0.0.1{rest}"),
        _ => text.to_owned(),
    };
    let with_port = numbers
        .parse()
        .ok()
        .filter(|address: &SocketAddr| address.port() > 0);
    with_port.or_else(|| Some(SocketAddr::new(numbers.parse().ok()?, 0)))
}

fn jobs(reader: &mut Reader, node: &Node) -> Option<u32> {
    let number = match &node.kind {
        NodeKind::Number(number) => number
            .as_u64()
            .and_then(|number| u32::try_from(number).ok()),
        _ => None,
    };
    match number {
        Some(number) if number > 0 => Some(number),
        _ => {
            reader.expected(node, "a number of cases, at least 1,", "write `jobs: 1`");
            None
        }
    }
}

/// The address of a network interface of this machine, and a port that is known to whoever sends.
fn notifications(reader: &mut Reader, node: &Node) -> Option<SocketAddr> {
    let text = reader.text(node, "an address")?;
    let numbers = text.value.replacen("localhost:", "127.0.0.1:", 1);
    let address = numbers
        .parse()
        .ok()
        .filter(|address: &SocketAddr| address.port() > 0);
    if address.is_none() {
        reader.error(
            node.span,
            format!("`{}` is no address to listen at", text.value),
            "write it like `127.0.0.1:9400`: an address of this machine, and a port",
        );
    }
    address
}

fn rate(reader: &mut Reader, node: &Node) -> Option<Rate> {
    let text = reader.text(node, "a rate")?;
    match rate::parse(&text.value) {
        Ok(rate) => Some(rate),
        Err(why) => {
            reader.error(node.span, why, rate::EXAMPLES);
            None
        }
    }
}

/// Who answers consents.
fn consent(reader: &mut Reader, node: &Node) -> Option<ConsentDefinition> {
    const HINT: &str = "write `manual`, `browser`, or `{ browser: flows/setu.yaml }`";
    match &node.kind {
        NodeKind::Text(text) if text.value == "manual" => Some(ConsentDefinition::Manual),
        NodeKind::Text(text) if text.value == "browser" => Some(ConsentDefinition::Browser(None)),
        NodeKind::Map(_) => {
            let fields = reader.defined(node, &DRIVEN)?;
            let Some(flow) = fields.get("browser") else {
                reader.error(node.span, "nothing says which flow answers", HINT);
                return None;
            };
            let flow = reader.text(flow, "a flow's path")?;
            Some(ConsentDefinition::Browser(Some(flow)))
        }
        _ => {
            reader.expected(node, "`manual`, `browser` or a map", HINT);
            None
        }
    }
}

/// What a driven browser is told.
fn browser(reader: &mut Reader, node: &Node) -> BrowserDefinition {
    let mut browser = BrowserDefinition::default();
    let Some(fields) = reader.defined(node, &TARGET_BROWSER) else {
        return browser;
    };
    if let Some(insecure) = fields.get("insecure") {
        browser.insecure = reader.boolean(insecure);
    }
    if let Some(names) = fields.get("resolve") {
        browser.resolve = resolve(reader, names);
    }
    browser
}
