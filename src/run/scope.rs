//! The names that every scenario and fragment finds, and the secrets among them.

use serde_json::{Value, json};

use super::Settings;
use crate::model::plan::ScenarioPlan;
use crate::model::project::Target;
use crate::model::secret::Secrets;
use crate::model::template::Scope;

/// What a sandbox takes, unless the target has others.
const CREDENTIALS: [(&str, &str); 3] = [
    ("client_id", "sandbox-client"),
    ("client_secret", "sandbox-secret"),
    ("product_instance_id", "sandbox-product"),
];

/// The credential that is a secret on a sandbox too.
const SECRET_CREDENTIAL: &str = "client_secret";

/// The secrets that are known before anything runs. A value that has two names keeps the target's.
pub(super) fn secrets(settings: &Settings) -> Secrets {
    let mut secrets = secrets_of(&settings.target);
    for (name, secret) in &settings.environment {
        secrets.add(name, secret.expose());
    }
    secrets
}

/// The secrets of a target.
pub(super) fn secrets_of(target: &Target) -> Secrets {
    let mut secrets = Secrets::default();
    for (name, secret) in &target.secrets {
        secrets.add(name, secret.expose());
    }
    let given = target
        .vars
        .iter()
        .find(|(name, _)| name == SECRET_CREDENTIAL)
        .map(|(_, value)| value.as_str());
    match given {
        _ if !target.has_sandbox() => {}
        Some(Some(value)) => secrets.add(SECRET_CREDENTIAL, value),
        Some(None) => {}
        None => {
            for (name, value) in CREDENTIALS {
                if name == SECRET_CREDENTIAL && !defines(target, name) {
                    secrets.add(name, value);
                }
            }
        }
    }
    secrets
}

/// What a name stands for on a target whose base URL is this, as text.
pub(super) fn value(target: &Target, name: &str, base_url: &str) -> Option<String> {
    if let Some((_, secret)) = target.secrets.iter().find(|(known, _)| known == name) {
        return Some(secret.expose().to_owned());
    }
    if let Some((_, value)) = target.vars.iter().find(|(known, _)| known == name) {
        return Some(match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
    }
    if !target.has_sandbox() {
        return None;
    }
    if name == "auth_url" {
        return Some(format!("{base_url}/v1"));
    }
    let own = CREDENTIALS.iter().find(|(known, _)| *known == name);
    own.map(|(_, value)| (*value).to_owned())
}

/// Sets what every scope begins with. `base_url` is where requests without a host go.
pub(super) fn furnish(
    scope: &mut Scope,
    settings: &Settings,
    scenario: &ScenarioPlan,
    base_url: &str,
) {
    let target = &settings.target;
    let base_url = base_url.trim_end_matches('/');
    scope.set("base_url", base_url.into());
    if target.has_sandbox() {
        scope.set("auth_url", format!("{base_url}/v1").into());
        for (name, value) in CREDENTIALS {
            scope.set(name, value.into());
        }
    }
    for (name, value) in &target.vars {
        scope.set(name, value.clone());
    }
    for (name, secret) in &target.secrets {
        scope.set(name, secret.expose().into());
    }
    scope.set("target", json!({ "name": target.name }));
    scope.set(
        "scenario",
        json!({ "name": scenario.name, "path": scenario.path }),
    );
    let environment: Value = settings
        .environment
        .iter()
        .map(|(name, secret)| (name.clone(), Value::from(secret.expose())))
        .collect();
    scope.set("env", environment);
}

fn defines(target: &Target, name: &str) -> bool {
    target.vars.iter().any(|(known, _)| known == name)
        || target.secrets.iter().any(|(known, _)| known == name)
}
