//! Who may ask: access tokens that are issued for client credentials, or the credentials themselves. The refusals are
//! those of the API gateway in front of Setu's.

use std::borrow::Cow;

use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::Options;
use super::api::refusal::Refusal;
use super::gateway::World;
use super::setup::AuthPolicy;

/// The issuer in tokens of Setu's. Tokens of any other issuer are refused by that name.
const ISSUER: &str = "https://auth-v2.setu.co/realms/setu";

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    typ: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    exp: i64,
    iat: i64,
    jti: String,
    iss: String,
    typ: String,
    azp: String,
    scope: String,
    realm_access: RealmAccess,
    #[serde(rename = "clientId")]
    client_id: String,
}

#[derive(Serialize, Deserialize)]
struct RealmAccess {
    roles: Vec<String>,
}

/// What is read of a token before it is trusted.
#[derive(Deserialize)]
struct UntrustedHeader {
    alg: String,
}

#[derive(Deserialize)]
struct UntrustedClaims {
    #[serde(default)]
    iss: String,
}

/// What is kept of a token that was issued.
#[derive(Debug)]
pub(crate) struct IssuedToken {
    text: String,
    expiry: i64,
}

/// A new access token.
pub(crate) fn issue_token(world: &mut World, options: &Options) -> String {
    let issued = world.now().seconds();
    let jti = world.next_id("token");
    let life = i64::try_from(options.token_life.as_secs()).unwrap_or(i64::MAX);
    let expiry = issued.saturating_add(life);
    let claims = Claims {
        exp: expiry,
        iat: issued,
        jti,
        iss: ISSUER.to_owned(),
        typ: "Bearer".to_owned(),
        azp: options.client_id.clone(),
        scope: "TEST".to_owned(),
        realm_access: RealmAccess {
            roles: vec![format!(
                "bot@{}",
                world.ids.uuid_of("bot", &[&options.client_id])
            )],
        },
        client_id: options.client_id.clone(),
    };
    let header = Header {
        alg: "HS256".to_owned(),
        typ: "JWT".to_owned(),
    };
    let signed = format!("{}.{}", encode(&header), encode(&claims));
    let signature = URL_SAFE_NO_PAD.encode(signer(world, &signed).finalize().into_bytes());
    let text = format!("{signed}.{signature}");
    let token = IssuedToken {
        text: text.clone(),
        expiry,
    };
    world.tokens.put(signature, token);
    text
}

/// Whether the request's credentials are good. With several kinds of them a token counts before the client's own.
pub(crate) fn authenticate(
    world: &World,
    options: &Options,
    headers: &HeaderMap,
) -> Result<(), Refusal> {
    let authorization = headers
        .get("authorization")
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    match (world.setup.auth, authorization) {
        (AuthPolicy::Bearer | AuthPolicy::Any, Some(authorization)) => {
            check_authorization(world, &authorization)
        }
        (AuthPolicy::Client | AuthPolicy::Any, _) => check_client(options, headers),
        (AuthPolicy::Bearer, None) => Err(unauthorized("Unauthorized")),
    }
}

/// Whether a request of v1 brings the client's own credentials, which are all that v1 knows: a token, whoever issued
/// it, is another version's.
pub(crate) fn authenticate_v1(
    world: &World,
    options: &Options,
    headers: &HeaderMap,
) -> Result<(), Refusal> {
    if headers.contains_key("authorization") {
        return Err(unauthorized("Token issuer not allowed"));
    }
    match world.setup.auth {
        AuthPolicy::Client | AuthPolicy::Any => check_client(options, headers),
        AuthPolicy::Bearer => Err(unauthorized("Unauthorized")),
    }
}

/// Whether the request names the product instance.
pub(crate) fn check_product(options: &Options, headers: &HeaderMap) -> Result<(), Refusal> {
    match header(headers, "x-product-instance-id").as_deref() {
        None | Some("") => Err(Refusal::invalid_body()),
        Some(id) if id == options.product_instance_id => Ok(()),
        Some(_) => Err(Refusal::not_found(
            "Config not found for provided product instance. Please check the product instance id",
        )),
    }
}

fn check_client(options: &Options, headers: &HeaderMap) -> Result<(), Refusal> {
    // Setu's guide writes the id with an underscore and its clients with a hyphen.
    let either = |first, second| header(headers, first).or_else(|| header(headers, second));
    let id = either("x-client-id", "x-client_id").or_else(|| header(headers, "x_client_id"));
    let secret =
        either("x-client-secret", "x-client_secret").or_else(|| header(headers, "x_client_secret"));
    if id.as_deref() == Some(&options.client_id)
        && secret.as_deref() == Some(&options.client_secret)
    {
        Ok(())
    } else {
        Err(unauthorized("Unauthorized"))
    }
}

/// In the order of the API gateway's own checks: form, algorithm, issuer, signature, expiry.
fn check_authorization(world: &World, authorization: &str) -> Result<(), Refusal> {
    let Some(token) = bearer_token(authorization) else {
        return Err(unauthorized("Unauthorized"));
    };
    match issued(world, token) {
        None => Err(unknown_token(token)),
        Some(issued) if world.now().seconds() >= issued.expiry => Err(unauthorized(
            "Token claims invalid: [\"exp\"]=\"token expired\"",
        )),
        Some(_) => Ok(()),
    }
}

/// A token is good if it is, letter by letter, one that was issued. One from before a new set-up is forgotten, as if the
/// keys had been changed.
fn issued<'a>(world: &'a World, token: &str) -> Option<&'a IssuedToken> {
    let (_, signature) = token.rsplit_once('.')?;
    world
        .tokens
        .get(signature)
        .filter(|issued| issued.text == token)
}

/// What the API gateway says of a token that nobody issued here.
fn unknown_token(token: &str) -> Refusal {
    let malformed = || unauthorized("Bad token; invalid JSON");
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return malformed();
    };
    let (Some(header), Some(claims)) = (
        decode::<UntrustedHeader>(header),
        decode::<UntrustedClaims>(claims),
    ) else {
        return malformed();
    };
    if claims.iss != ISSUER {
        unauthorized("Token issuer not allowed")
    } else if header.alg != "HS256" {
        Refusal::gateway(StatusCode::FORBIDDEN, "Invalid algorithm")
    } else {
        unauthorized("Invalid token signature")
    }
}

fn bearer_token(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim().split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim())
        .filter(|token| !token.is_empty())
}

fn signer(world: &World, signed: &str) -> Hmac<Sha256> {
    let mut signer = Hmac::<Sha256>::new_from_slice(&world.signing_key)
        .expect("an HMAC takes a key of any length");
    signer.update(signed.as_bytes());
    signer
}

fn encode(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).expect("a token's parts are plain data"))
}

fn decode<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<Cow<'a, str>> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes().trim_ascii()))
}

fn unauthorized(message: &str) -> Refusal {
    Refusal::gateway(StatusCode::UNAUTHORIZED, message)
}
