//! The id in a path.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

/// The id in a path. One that is not even text is the id of nothing, and so is found nowhere; axum itself would refuse
/// it in words that are not the gateway's.
pub(crate) struct PathId(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<PathId, Infallible> {
        let path: Result<Path<String>, _> = Path::from_request_parts(parts, state).await;
        Ok(PathId(path.map(|Path(id)| id).unwrap_or_default()))
    }
}
