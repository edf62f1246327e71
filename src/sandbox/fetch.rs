//! Opening data sessions: for a client that asks, for a refresh, and by itself where the product fetches automatically.

use std::sync::Arc;

use super::domain::consent::{Consent, FetchRefusal};
use super::domain::context::ContextKey;
use super::domain::customer::Account;
use super::domain::fip::DEFAULT_LATENCY;
use super::domain::moment::Moment;
use super::domain::session::{
    DataScope, Dialect, FetchOutcome, FipFetch, Format, Observed, Session,
};
use super::domain::terms::{DataFilter, DataRange, FilterOperator, FilterSubject};
use super::gateway::{OpenSession, World};
use super::setup::Setup;

/// What a session is wanted for.
pub(crate) struct Wanted {
    pub(crate) consent_id: String,
    pub(crate) data_range: DataRange,
    pub(crate) format: Format,
    /// Whether its data is sent when it is there, instead of being asked for.
    pub(crate) is_automatic: bool,
}

/// Why there is no session.
#[derive(Debug)]
pub(crate) enum OpenError {
    Unordered,
    UnknownConsent,
    Refused(FetchRefusal),
}

/// Opens a session for a consent that allows it, and counts that use.
pub(crate) fn open(world: &mut World, wanted: Wanted) -> Result<Arc<Session>, OpenError> {
    let now = AsOf::now(world);
    open_as_of(world, wanted, now)
}

/// The moment as of which something is fetched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AsOf {
    pub(crate) moment: Moment,
    /// Whether the clock has jumped over it. That a clock which runs is a little further by now is no jump: timers are
    /// late, and it goes on between two looks at it.
    pub(crate) is_jumped_over: bool,
}

impl AsOf {
    fn now(world: &World) -> AsOf {
        AsOf {
            moment: world.now(),
            is_jumped_over: false,
        }
    }
}

fn open_as_of(world: &mut World, wanted: Wanted, as_of: AsOf) -> Result<Arc<Session>, OpenError> {
    let now = as_of.moment;
    if !wanted.data_range.is_ordered() {
        return Err(OpenError::Unordered);
    }
    let consent = world
        .consents
        .get_mut(&wanted.consent_id)
        .ok_or(OpenError::UnknownConsent)?;
    // The gateway that fetches by itself does so when it has the artefact.
    if !wanted.is_automatic && consent.waits_for_artefact() {
        return Err(OpenError::Refused(FetchRefusal::NotReady));
    }
    consent
        .use_for_fetch(wanted.data_range, now)
        .map_err(OpenError::Refused)?;
    let is_through_finvu = consent.vua.handle == "finvu";
    let is_of_version_one = consent.is_of_version_one();
    let (consent_types, filters) = (consent.terms.consent_types.clone(), filters(consent));
    let fips = fip_fetches(&world.setup, &consent.accounts);
    let id = world.next_id("session");
    let observed = world.setup.is_observed.then(|| Observed {
        draw: world.ids.key("observed", &[&id]),
        is_through_finvu,
    });
    let scope = DataScope {
        consent_types,
        filters,
        dialect: Dialect {
            schema: world.setup.schema_version,
            observed,
        },
    };
    let open = OpenSession::new(Session {
        id,
        consent_id: wanted.consent_id,
        format: wanted.format,
        data_range: wanted.data_range,
        created: now,
        scope,
        fips,
        is_shown_early: world.setup.partial_fetch,
        is_automatic: wanted.is_automatic,
        is_made_up_for: as_of.is_jumped_over,
        is_of_version_one,
    });
    let session = Arc::clone(&open.session);
    world.session_opened(&session, open.asked);
    world.sessions.put(session.id.clone(), open);
    Ok(session)
}

/// Opens the session of a refresh that a client asks for, by which the consent is asked about it later.
pub(crate) fn refresh(
    world: &mut World,
    consent_id: String,
    data_range: DataRange,
) -> Result<Arc<Session>, OpenError> {
    let waits = world
        .consents
        .get(&consent_id)
        .is_some_and(Consent::waits_for_artefact);
    if waits {
        return Err(OpenError::Refused(FetchRefusal::NotReady));
    }
    let now = AsOf::now(world);
    refresh_as_of(world, consent_id, data_range, now)
}

/// The same as of a moment that may have passed.
pub(crate) fn refresh_as_of(
    world: &mut World,
    consent_id: String,
    data_range: DataRange,
    as_of: AsOf,
) -> Result<Arc<Session>, OpenError> {
    let wanted = Wanted {
        consent_id,
        data_range,
        format: Format::Json,
        is_automatic: true,
    };
    let asked_by = wanted.consent_id.clone();
    let opened = open_as_of(world, wanted, as_of);
    if let Err(OpenError::Refused(refusal)) = &opened
        && world.setup.auto_fetch.is_on
    {
        world.tell_of_refused_fetch(&asked_by, *refusal, as_of.moment);
    }
    let session = opened?;
    if let Some(consent) = world.consents.get_mut(&session.consent_id) {
        consent.refresh = Some(session.id.clone());
    }
    Ok(session)
}

/// The consent's filters, and the one that its context may add.
fn filters(consent: &Consent) -> Vec<DataFilter> {
    let by_context = consent
        .terms
        .context_value(ContextKey::TransactionType)
        .map(|kind| DataFilter {
            operator: FilterOperator::Equal,
            subject: FilterSubject::TransactionType,
            value: kind.to_uppercase(),
        });
    consent
        .terms
        .data_filter
        .iter()
        .cloned()
        .chain(by_context)
        .collect()
}

/// The accounts by FIP, in the order in which they were linked, with what each FIP will answer.
fn fip_fetches(setup: &Setup, accounts: &[Account]) -> Vec<FipFetch> {
    let mut fetches: Vec<FipFetch> = Vec::new();
    for account in accounts {
        match fetches
            .iter_mut()
            .find(|fetch| fetch.fip_id == account.fip_id)
        {
            Some(fetch) => fetch.accounts.push(account.clone()),
            None => fetches.push(FipFetch {
                fip_id: account.fip_id.clone(),
                accounts: vec![account.clone()],
                outcome: setup
                    .fip(&account.fip_id)
                    .map_or(FetchOutcome::Failed, |fip| fip.fetch_outcome()),
                latency: setup
                    .fip(&account.fip_id)
                    .map_or(DEFAULT_LATENCY, |fip| fip.latency),
            }),
        }
    }
    fetches
}
