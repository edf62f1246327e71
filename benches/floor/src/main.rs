//! The same calls as the benches' scenarios, with the same captures and checks, written straight in Rust.
//!
//! usage: floor one|chain ORIGIN [STEPS]

use reqwest::{Client, Method};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let origin = arguments.get(1).expect("an origin");
    let client = Client::builder().no_proxy().build().expect("a client");
    match arguments[0].as_str() {
        "one" => {
            call(&client, Method::GET, format!("{origin}/items/item-0"), None, None, 200).await;
        }
        "chain" => chain(&client, origin, arguments[2].parse().expect("a number of steps")).await,
        other => panic!("there is no `{other}`"),
    }
}

async fn chain(client: &Client, origin: &str, steps: usize) {
    let login = json!({ "user": "bench" });
    let body = call(client, Method::POST, format!("{origin}/login"), None, Some(login), 200).await;
    assert_eq!(body["scope"], "items");
    let token = text(&body, "/token");
    let mut parent = "root".to_owned();
    for step in 1..steps {
        if step % 2 == 1 {
            let item = json!({ "parent": parent });
            let body = call(client, Method::POST, format!("{origin}/items"), Some(&token), Some(item), 201).await;
            assert_eq!(body["status"], "PENDING");
            assert_eq!(body["parent"], parent.as_str());
            parent = text(&body, "/id");
        } else {
            let body = call(client, Method::GET, format!("{origin}/items/{parent}"), Some(&token), None, 200).await;
            assert_eq!(body["id"], parent.as_str());
            assert_eq!(body["lines"][3]["sku"], "SKU-3");
            parent = text(&body, "/next/id");
        }
    }
}

async fn call(client: &Client, method: Method, url: String, token: Option<&str>, body: Option<Value>, status: u16) -> Value {
    let mut request = client.request(method, url);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status().as_u16(), status);
    let bytes = response.bytes().await.expect("a body");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).expect("text").to_owned()
}
