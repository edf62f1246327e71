//! How the gateway says no.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::json;

/// A refusal, of Setu's or of the API gateway in front of it, which has another form.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    Setu { code: &'static str, message: String },
    Gateway { message: String },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SetuError<'a> {
    trace_id: &'a str,
    error_code: &'a str,
    error_msg: &'a str,
}

#[derive(Serialize)]
struct GatewayError<'a> {
    message: &'a str,
}

impl Refusal {
    pub(crate) fn invalid(message: impl Into<String>) -> Refusal {
        Refusal::setu(StatusCode::BAD_REQUEST, "InvalidRequest", message)
    }

    /// Anything malformed.
    pub(crate) fn invalid_body() -> Refusal {
        Refusal::invalid("Invalid request body")
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Refusal {
        Refusal::setu(StatusCode::NOT_FOUND, "NotFound", message)
    }

    /// The aggregator refuses a consent: observed with this text.
    pub(crate) fn upstream() -> Refusal {
        Refusal::setu(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerError",
            "ConsentObjectCreationFailure: internal error while fetching consent details from upstream AA",
        )
    }

    pub(crate) fn too_large() -> Refusal {
        Refusal::setu(
            StatusCode::PAYLOAD_TOO_LARGE,
            "InvalidRequest",
            "Request body is too large",
        )
    }

    pub(crate) fn gateway(status: StatusCode, message: impl Into<String>) -> Refusal {
        Refusal {
            status,
            reason: Reason::Gateway {
                message: message.into(),
            },
        }
    }

    /// What a status says when a fault gives it without a body.
    pub(crate) fn of_status(status: StatusCode) -> Refusal {
        let message = "An internal server error has occurred, please try again in some time. \
                       You can report this to aa@setu.co";
        match status.as_u16() {
            401 | 403 => Refusal::gateway(status, status.canonical_reason().unwrap_or_default()),
            404 => Refusal::setu(status, "NotFound", "Resource not found"),
            502 => Refusal::setu(
                status,
                "InternalServerError",
                "Invalid response from upstream",
            ),
            500.. => Refusal::setu(status, "InternalServerError", message),
            429 => Refusal::gateway(status, "API rate limit exceeded"),
            _ => Refusal::setu(status, "InvalidRequest", "Invalid request body"),
        }
    }

    fn setu(status: StatusCode, code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal {
            status,
            reason: Reason::Setu {
                code,
                message: message.into(),
            },
        }
    }

    pub(crate) fn into_response(self, trace: &str) -> Response {
        match &self.reason {
            Reason::Setu { code, message } => json(
                self.status,
                &SetuError {
                    trace_id: trace,
                    error_code: code,
                    error_msg: message,
                },
            ),
            Reason::Gateway { message } => json(self.status, &GatewayError { message }),
        }
    }
}
