//! What a run is given to work with: who answers consents, where notifications arrive, sandboxes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::arguments::ConsentChoice;
use crate::model::project::Target;
use crate::run::{Customer, LaunchSandbox, Notifications, RunningSandbox};
use crate::sandbox::{Options, Sandbox};

/// Who answers consents. `absent` is why no person would see the link, if that is so.
pub(in crate::cli) fn customer(
    choice: Option<ConsentChoice>,
    target: &Target,
    manual: bool,
    absent: Option<&'static str>,
) -> Customer {
    let is_asked_for = choice == Some(ConsentChoice::Manual);
    if target.has_sandbox() && !manual && !is_asked_for {
        return Customer::Sandbox;
    }
    match absent {
        Some(why) if !is_asked_for => Customer::Nobody(why),
        _ => Customer::Person,
    }
}

/// Receives the target's notifications, if it says where.
pub(in crate::cli) async fn notifications(
    address: Option<SocketAddr>,
) -> Result<Option<Arc<Notifications>>, String> {
    let Some(address) = address else {
        return Ok(None);
    };
    match Notifications::listen(address).await {
        Ok(listening) => Ok(Some(Arc::new(listening))),
        Err(error) => Err(format!(
            "notifications cannot be received at {address}: {error}"
        )),
    }
}

/// How a case gets a sandbox of its own; notes if it cannot have one.
pub(in crate::cli) fn launcher(failed: Arc<AtomicBool>) -> LaunchSandbox {
    Arc::new(move || {
        let failed = Arc::clone(&failed);
        Box::pin(async move {
            match Sandbox::start(Options::default()).await {
                Ok(sandbox) => Ok(RunningSandbox {
                    origin: sandbox.origin().to_owned(),
                    ahead: Duration::ZERO,
                    keep: Box::new(sandbox),
                }),
                Err(error) => {
                    failed.store(true, Ordering::SeqCst);
                    Err(error)
                }
            }
        })
    })
}
