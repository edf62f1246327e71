//! Captures from XML.

use super::server::{Server, json, with};
use super::*;

const ACCOUNT: &str = r#"<Account xmlns="http://api.rebit.org.in/FISchema/deposit" type="deposit"><Transactions><Transaction txnId="T1" amount="10.5"/><Transaction txnId="T2" amount="20"/></Transactions></Account>"#;

async fn bank() -> Server {
    Server::start(|asked, _| match asked.path.as_str() {
        "/xml" => with(200, &[("content-type", "application/xml")], ACCOUNT),
        "/json" => {
            let account = serde_json::json!({ "id": 7, "data": ACCOUNT, "more": [ACCOUNT, "<Account type='sip'/>"] });
            json(200, &account.to_string())
        }
        "/bomb" => with(200, &[], "<!DOCTYPE a [<!ENTITY b 'b'>]><a>&b;</a>"),
        "/deep" => with(200, &[], &"<a>".repeat(50_000)),
        _ => with(200, &[], "<Account><Profile>"),
    })
    .await
}

#[tokio::test]
async fn xml_is_looked_into_as_a_body_and_as_text_in_json() {
    let server = bank().await;
    let scenario = "
steps:
  - get: /xml
    capture:
      type: { xpath: //Account/@type }
      first: { xpath: //Transaction/@txnId }
      ids: { xpath: //Transaction/@txnId, all: true }
      no: { xpath: //Nothing, all: true }
      count: { xpath: count(//Transaction) }
      late: { xpath: //Nothing, default: nobody }
      loud: { xpath: //Account/@type, all: false }
  - print: \"{{ type }} {{ first }} {{ ids | join('+') }} {{ no | length }} {{ count + 1 }} {{ late }} {{ loud }}\"
  - get: /json
    capture:
      type: { jsonpath: $.data, xpath: //Account/@type }
      sum: { jsonpath: $.data, xpath: sum(//@amount) }
      types: { jsonpath: '$.more[*]', xpath: //Account/@type, all: true }
      second: { jsonpath: '$.more[*]', xpath: \"//Account[@type='sip']/@type\" }
  - print: \"{{ type }} {{ sum }} {{ types | join('+') }} {{ second }}\"
";
    let told = run(&server.origin, scenario).await;
    assert_eq!(
        told.printed(),
        [
            "deposit T1 T1+T2 0 3 nobody deposit",
            "deposit 30.5 deposit+sip sip"
        ]
    );
    assert_eq!(*told.status(), Status::Passed);
}

#[tokio::test]
async fn what_is_not_there_or_is_no_xml_fails_and_says_why() {
    let server = bank().await;
    for (path, capture, place, story) in [
        (
            "/xml",
            "{ xpath: //Transaction/@type }",
            "`//Transaction/@type`",
            "nothing is at `/@type` in `//Transaction`, which is there 2 times; the first has `@amount`, `@txnId`",
        ),
        (
            "/json",
            "{ jsonpath: $.dta, xpath: //Account }",
            "`//Account` in the XML at `$.dta`",
            "`$` has no `dta`; it has `data`, `id`, `more`",
        ),
        (
            "/json",
            "{ jsonpath: $.id, xpath: //Account }",
            "`//Account` in the XML at `$.id`",
            "`$.id` is a number, not text with XML in it",
        ),
        (
            "/json",
            "{ jsonpath: '$.more[*]', xpath: count(//Account) }",
            "`count(//Account)` in the XML at `$.more[*]`",
            "there are 2 texts, and `count(//Account)` gives one value for each: the JSONPath must find one",
        ),
        (
            "/json",
            "{ jsonpath: '$.less[*]', xpath: //Account }",
            "`//Account` in the XML at `$.less[*]`",
            "the JSONPath finds nothing",
        ),
        (
            "/json",
            "{ xpath: //Account }",
            "`//Account`",
            "the response's text cannot be looked into: it is not XML: unknown token at 1:1",
        ),
        (
            "/broken",
            "{ xpath: //Account }",
            "`//Account`",
            "the response's text cannot be looked into: it is not XML: the root node was opened but never closed",
        ),
        (
            "/bomb",
            "{ xpath: //a }",
            "`//a`",
            "the response's text cannot be looked into: it has a DOCTYPE, which is not read: it could make a small text a huge one",
        ),
        (
            "/deep",
            "{ xpath: //a }",
            "`//a`",
            "the response's text cannot be looked into: it is more than 500 elements deep",
        ),
    ] {
        let scenario = format!("steps:\n  - get: {path}\n    capture: {{ it: {capture} }}\n");
        let told = run(&server.origin, &scenario).await;
        assert_eq!(*told.status(), Status::Failed, "{capture}");
        let failure = told.failure();
        assert_eq!(failure.message, "capture it", "{capture}");
        assert_eq!(failure.expected, Some(format!("a value at {place}")));
        assert_eq!(failure.notes, [story], "{path} {capture}");
    }
}
