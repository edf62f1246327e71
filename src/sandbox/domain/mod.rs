//! Consents, sessions, FIPs and customers as pure state machines over a clock. Nothing here knows of HTTP, of async
//! or of what the real time is: every call that depends on time is told the time.

pub(crate) mod collection;
pub(crate) mod consent;
pub(crate) mod context;
pub(crate) mod customer;
pub(crate) mod fair_use;
pub(crate) mod fip;
pub(crate) mod moment;
pub(crate) mod rhythm;
pub(crate) mod session;
pub(crate) mod terms;
pub(crate) mod vua;
