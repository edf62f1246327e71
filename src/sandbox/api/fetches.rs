//! What came of a consent's data sessions: the last fetch, and the sessions that can still be read.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::Call;
use super::consents::consent_not_found;
use crate::sandbox::domain::moment::Moment;
use crate::sandbox::domain::session::{AccountStatus, SessionStatus};
use crate::sandbox::domain::terms::DataRange;
use crate::sandbox::gateway::{OpenSession, World};
use crate::sandbox::path_id::PathId;

/// The answer once data has been fetched. Each FIP is there once for each of its accounts, as in Setu's sample.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LastFetch<'a> {
    last_fetched_at: Moment,
    data_range: DataRange,
    last_fetched_fips: Vec<String>,
    trace_id: &'a str,
}

/// A consent's sessions. With none it is also the documented answer of a consent that nothing was fetched for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sessions<'a> {
    consent_id: &'a str,
    data_sessions: Vec<Listed>,
    trace_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    session_id: String,
    status: SessionStatus,
    #[serde(rename = "created_at")]
    created_at: Moment,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Last<'a> {
    Fetched(LastFetch<'a>),
    Nothing(Sessions<'a>),
}

pub(crate) async fn last(PathId(id): PathId, call: Call) -> Response {
    let world = call.gateway.world();
    let known = world.consents.get(&id).ok_or_else(consent_not_found);
    call.answer(known.map(|_| {
        let answer = match last_fetch(&world, &id, &call.trace) {
            Some(fetched) => Last::Fetched(fetched),
            None => Last::Nothing(Sessions {
                consent_id: &id,
                data_sessions: Vec::new(),
                trace_id: &call.trace,
            }),
        };
        (StatusCode::OK, answer)
    }))
}

/// A consent that is not known has no sessions: Setu's sample lists none for an id that has a digit too many.
pub(crate) async fn list(PathId(id): PathId, call: Call) -> Response {
    let world = call.gateway.world();
    let now = world.now();
    let sessions = sessions_of(&world, &id).filter_map(|open| {
        let status = open.session.status(open.asked.elapsed(), now);
        (status != SessionStatus::Expired).then(|| Listed {
            session_id: open.session.id.clone(),
            status,
            created_at: open.session.created,
        })
    });
    let answer = Sessions {
        consent_id: &id,
        data_sessions: sessions.collect(),
        trace_id: &call.trace,
    };
    call.answer(Ok((StatusCode::OK, answer)))
}

/// Newest first.
fn sessions_of<'a>(world: &'a World, consent_id: &str) -> impl Iterator<Item = &'a OpenSession> {
    world
        .sessions
        .newest_first()
        .filter(move |open| open.session.consent_id == consent_id)
}

/// The newest session that brought any data, though it may have expired since.
fn last_fetch<'a>(world: &World, consent_id: &str, trace: &'a str) -> Option<LastFetch<'a>> {
    sessions_of(world, consent_id).find_map(|open| {
        let session = &open.session;
        let elapsed = open.asked.elapsed();
        let fetched: Vec<String> = session
            .fips
            .iter()
            .flat_map(|fip| fip.accounts.iter().map(move |account| (fip, account)))
            .filter(|(fip, account)| fip.account_status(account, elapsed) == AccountStatus::Ready)
            .map(|(fip, _)| fip.fip_id.clone())
            .collect();
        (!fetched.is_empty()).then(|| LastFetch {
            last_fetched_at: session.created,
            data_range: session.data_range,
            last_fetched_fips: fetched,
            trace_id: trace,
        })
    })
}
