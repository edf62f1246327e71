//! The server that is asked: a login, and items that name each other.

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::fmt::Write as _;

/// Serves items on a thread of its own, and gives the origin.
pub(crate) fn serve() -> String {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
                .await
                .expect("a port");
            let address = listener.local_addr().expect("an address");
            sender
                .send(format!("http://{address}"))
                .expect("somebody waits");
            let routes = Router::new()
                .route(
                    "/login",
                    post(|| async {
                        json(
                            StatusCode::OK,
                            r#"{"token":"bench-token","scope":"items","life":3600}"#.into(),
                        )
                    }),
                )
                .route("/items", post(create))
                .route("/items/{id}", get(item));
            axum::serve(listener, routes).await.expect("a server");
        });
    });
    receiver.recv().expect("the server starts")
}

async fn create(body: axum::body::Bytes) -> Response {
    let item: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let parent = item["parent"].as_str().unwrap_or_default();
    json(
        StatusCode::CREATED,
        format!(
            r#"{{"id":"child-of-{}","status":"PENDING","parent":"{parent}"}}"#,
            parent.len()
        ),
    )
}

async fn item(Path(id): Path<String>) -> Response {
    let mut body = format!(
        r#"{{"id":"{id}","status":"ACTIVE","next":{{"id":"after-{}"}},"lines":["#,
        id.len()
    );
    for line in 0..10 {
        let comma = if line > 0 { "," } else { "" };
        let _ = write!(
            body,
            r#"{comma}{{"sku":"SKU-{line}","quantity":{line},"price":{line}.5,"label":"line {line}"}}"#
        );
    }
    body.push_str("]}");
    json(StatusCode::OK, body)
}

fn json(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
