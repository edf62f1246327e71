//! From connections to answers. This is where bodies are held to their limit, requests are noted, and faults happen;
//! the connections are hyper's own, because a fault must be able to break one.

use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, DATE, RETRY_AFTER};
use axum::http::{HeaderValue, Request, Response, StatusCode};
use futures_util::{StreamExt as _, stream};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinSet, yield_now};
use tokio::time::{sleep, timeout};

use super::api::refusal::Refusal;
use super::domain::moment::Moment;
use super::faults::FaultEffect;
use super::gateway::Gateway;
use super::journal::{Asked, Entry};
use super::wire::{Dropped, Exchange, Wire};
use super::{api, control, notify, screens};

/// The largest body a request may have.
const LARGEST_BODY: usize = 1024 * 1024;
/// How much of a body that is too large is still taken in, so that the client hears why it was refused.
const LARGEST_DRAINED: usize = 16 * 1024 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// In how many pieces a slow body comes.
const SLOW_PIECES: usize = 10;
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// Serves until `stopped` is told or its other end is gone; then no connection is left.
pub(crate) async fn serve(
    listener: TcpListener,
    gateway: Gateway,
    dropped: Dropped,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut routes = api::router().merge(screens::consent_pages());
    if gateway.options().control {
        routes = routes.merge(control::router());
    }
    let router = TowerToHyperService::new(routes.with_state(gateway.clone()));
    let mut connections = JoinSet::new();
    connections.spawn(notify::run(gateway.clone()));
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // Without it small answers may wait for the client's acknowledgement; failing to set it only makes
                    // them slower.
                    let _ = stream.set_nodelay(true);
                    let exchange = Exchange::default();
                    let wire = Wire::new(stream, exchange.clone(), dropped.clone());
                    let gateway = gateway.clone();
                    connections.spawn(serve_connection(wire, exchange, gateway, router.clone()));
                }
                // Most likely too many files are open: closing connections will help.
                Err(_) => sleep(Duration::from_millis(20)).await,
            },
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn serve_connection(
    wire: Wire,
    exchange: Exchange,
    gateway: Gateway,
    router: TowerToHyperService<Router>,
) {
    let service = service_fn(move |request| {
        let under_way = exchange.begin();
        let answered = answer(gateway.clone(), router.clone(), request);
        async move { Ok::<_, Disconnected>(under_way.until_taken(answered.await?)) }
    });
    // Clients that go away and faults that break the connection end here, which is all that should happen to them.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(wire), service)
        .await;
}

/// The connection is to be closed without an answer.
#[derive(Debug)]
struct Disconnected;

impl fmt::Display for Disconnected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("disconnected on purpose")
    }
}

impl std::error::Error for Disconnected {}

async fn answer(
    gateway: Gateway,
    router: TowerToHyperService<Router>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Disconnected> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let is_control =
        gateway.options().control && (path == "/_sandbox" || path.starts_with("/_sandbox/"));
    let body = match timeout(BODY_TIMEOUT, whole_body(body)).await {
        Ok(Ok(body)) => body,
        Ok(Err(BodyError::TooLarge)) if is_control => return Ok(closing(control::too_large())),
        Ok(Err(BodyError::TooLarge)) => {
            let trace = gateway.world().next_trace("too large");
            return Ok(closing(Refusal::too_large().into_response(&trace)));
        }
        Ok(Err(BodyError::Broken)) | Err(_) => return Err(Disconnected),
    };
    if is_control {
        return Ok(routed(&router, Request::from_parts(parts, Body::from(body))).await);
    }
    let entry = Entry::new(&Asked {
        method: parts.method.as_str(),
        path: &path,
        query: parts.uri.query(),
        headers: &parts.headers,
        body: &body,
    });
    let (number, oldest, fault) = {
        let mut world = gateway.world();
        let now = world.now();
        let (number, oldest) = world.journal.begin(entry, now);
        let fault = world.take_fault(parts.method.as_str(), &path);
        (number, oldest, fault)
    };
    drop(oldest);
    let request = Request::from_parts(parts, Body::from(body));
    let response = match fault {
        None => routed(&router, request).await,
        Some(FaultEffect::Disconnect) => return Err(Disconnected),
        Some(FaultEffect::Status { status, body }) => status_response(&gateway, status, body),
        Some(FaultEffect::Delay(delay)) => {
            sleep(delay).await;
            routed(&router, request).await
        }
        Some(FaultEffect::Truncate) => truncated(routed(&router, request).await).await,
        Some(FaultEffect::SlowBody(over)) => slow(routed(&router, request).await, over).await,
        Some(FaultEffect::RateLimited { wait }) => rate_limited(&gateway, wait),
        Some(FaultEffect::Malformed) => malformed(routed(&router, request).await).await,
    };
    let now = {
        let mut world = gateway.world();
        world.journal.finish(number, response.status().as_u16());
        world.now()
    };
    Ok(dated(response, now))
}

async fn routed(router: &TowerToHyperService<Router>, request: Request<Body>) -> Response<Body> {
    let answered: Result<Response<Body>, Infallible> = router.call(request).await;
    match answered {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

enum BodyError {
    TooLarge,
    Broken,
}

async fn whole_body(body: Incoming) -> Result<Bytes, BodyError> {
    let mut stream = Body::new(body).into_data_stream();
    let mut whole = Vec::new();
    let mut drained = 0;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| BodyError::Broken)?;
        drained += chunk.len();
        if drained > LARGEST_DRAINED {
            return Err(BodyError::TooLarge);
        }
        if drained <= LARGEST_BODY {
            whole.extend_from_slice(&chunk);
        }
    }
    if drained > LARGEST_BODY {
        Err(BodyError::TooLarge)
    } else {
        Ok(Bytes::from(whole))
    }
}

/// An answer after which the connection is closed, because the rest of the request may still be coming.
fn closing(mut response: Response<Body>) -> Response<Body> {
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The answer with the date of the sandbox's clock, which rules everything dated; left alone, hyper would write the
/// real one.
fn dated(mut response: Response<Body>, now: Moment) -> Response<Body> {
    if let Ok(date) = HeaderValue::from_str(&now.for_http()) {
        response.headers_mut().insert(DATE, date);
    }
    response
}

fn status_response(gateway: &Gateway, status: u16, body: Option<Value>) -> Response<Body> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match body {
        None => Refusal::of_status(status).into_response(&gateway.world().next_trace("fault")),
        Some(Value::String(text)) => {
            let mut response = Response::new(Body::from(text));
            *response.status_mut() = status;
            response.headers_mut().insert(
                CONTENT_TYPE,
                HeaderValue::from_static("text/plain; charset=utf-8"),
            );
            response
        }
        Some(body) => api::json(status, &body),
    }
}

/// The right answer, announced in full, of which only half arrives before the connection closes.
async fn truncated(response: Response<Body>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let whole = answered_body(body).await;
    parts
        .headers
        .insert(CONTENT_LENGTH, HeaderValue::from(whole.len().max(2)));
    let half = whole.slice(..whole.len() / 2);
    // The break comes a turn later, when the first half has been sent.
    let pieces = stream::iter([Ok(half)]).chain(stream::once(async {
        yield_now().await;
        Err(Disconnected)
    }));
    Response::from_parts(parts, Body::from_stream(pieces))
}

/// The right status and headers over half a body, which is not JSON but is all there.
async fn malformed(response: Response<Body>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let whole = answered_body(body).await;
    let half = if whole.len() < 4 {
        Bytes::from_static(b"{\"")
    } else {
        whole.slice(..whole.len() / 2)
    };
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(half))
}

/// The right answer, whose body comes in pieces over so much time.
async fn slow(response: Response<Body>, over: Duration) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let whole = answered_body(body).await;
    parts
        .headers
        .insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let size = whole.len().div_ceil(SLOW_PIECES).max(1);
    let pause = over / SLOW_PIECES as u32;
    let pieces: Vec<Bytes> = (0..whole.len())
        .step_by(size)
        .map(|from| whole.slice(from..whole.len().min(from + size)))
        .collect();
    let pieces = stream::iter(pieces).then(move |piece| async move {
        sleep(pause).await;
        Ok::<Bytes, Infallible>(piece)
    });
    Response::from_parts(parts, Body::from_stream(pieces))
}

/// What the API gateway says to too many calls, and after how many seconds to call again.
fn rate_limited(gateway: &Gateway, wait: Duration) -> Response<Body> {
    let mut response = status_response(gateway, StatusCode::TOO_MANY_REQUESTS.as_u16(), None);
    let seconds = wait.as_millis().div_ceil(1_000);
    response.headers_mut().insert(
        RETRY_AFTER,
        HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX)),
    );
    response
}

/// The gateway's answers are whole in memory already, so reading one cannot fail.
async fn answered_body(body: Body) -> Bytes {
    axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap_or_default()
}
