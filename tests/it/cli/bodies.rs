//! Bodies of each kind, from a run that finds them changed to the review of what it left.

use super::Project;
use super::review_web::Served;
use super::suggest::vary;
use std::fmt::Write as _;

const PATHS: [&str; 6] = ["/big", "/bytes", "/inner", "/order", "/text", "/xml"];

/// The first answer of each path, and another from then on.
fn changed(path: &str, turn: usize) -> (String, Vec<u8>) {
    let is_new = turn > 0;
    let kind = match path {
        "/bytes" => "application/octet-stream",
        "/xml" => "application/xml",
        "/text" => "text/plain",
        _ => "application/json",
    };
    let body = match path {
        // Some ten megabytes.
        "/big" => {
            let item = |number: usize| {
                let narration = "x".repeat(190);
                format!(r#"{{"amount":{number},"narration":"{narration}"}}"#)
            };
            let mut items: Vec<String> = (0..50_000).map(item).collect();
            if is_new {
                items.insert(25_000, r#"{"amount":-1,"narration":"new"}"#.into());
            }
            format!("[{}]", items.join(",")).into_bytes()
        }
        "/bytes" => [&[0xff; 1_000], &[u8::from(is_new)][..]].concat(),
        "/inner" => format!(r#"{{"data":"<a><b c='{turn}'/><d>same</d></a>"}}"#).into_bytes(),
        "/order" if is_new => br#"{"b":{"d":3,"c":2},"a":1}"#.to_vec(),
        "/order" => br#"{"a":1,"b":{"c":2,"d":3}}"#.to_vec(),
        "/text" => format!("one\ntwo {turn}\nthree").into_bytes(),
        "/xml" => {
            let mut transactions = String::new();
            for number in 0..500 {
                if is_new && number == 250 {
                    transactions.push_str("<T amount=\"9999\"><n>new</n></T>");
                }
                let _ = write!(transactions, "<T amount=\"{number}\"><n>t{number}</n></T>");
            }
            format!("<A><S balance=\"1{turn}\"/><L>{transactions}</L></A>").into_bytes()
        }
        _ => Vec::new(),
    };
    (format!("content-type: {kind}\r\n"), body)
}

fn project() -> Project {
    let server = vary(|path, turn| changed(path, turn.min(1)));
    let target = format!("target: here\ntargets:\n  here: {{ base_url: \"{server}\" }}\n");
    let project = Project::new(&[("sammati.yaml", &target)]);
    for path in PATHS {
        let name = &path[1..];
        project.write(
            &format!("scenarios/{name}.yaml"),
            &format!("name: {name}\nsteps:\n  - id: it\n    get: {path}\n    snapshot: true\n"),
        );
    }
    project.run("run --snapshots update").with(0);
    project
}

/// What changed in each, as a review tells it.
const TOLD: [(&str, &str); 6] = [
    (
        "big",
        "$[25000] added: {\"amount\": -1, \"narration\": \"new\"}\n",
    ),
    ("bytes", "body: …, SHA-256 "),
    ("inner", "$.data /a/b/@c: '0' -> '1'\n"),
    ("text", "line 2: two 0 -> two 1\n"),
    ("xml", "/A/S/@balance: \"10\" -> \"11\"\n"),
    (
        "xml",
        "/A/L/T[251] added: <T amount=\"9999\"><n>new</n></T>\n",
    ),
];

#[test]
fn each_kind_is_told_in_the_run_in_the_terminal_and_in_the_browser() {
    let project = project();
    let ended = project
        .run("run")
        .with(1)
        .reported("-   <S balance=\"10\"/>\n    +   <S balance=\"11\"/>\n")
        .reported("+     <T amount=\"9999\">\n    +       <n>new</n>\n    +     </T>\n")
        .reported("- 1001 bytes, SHA-256 ")
        .reported("… 100000 equal lines\n")
        .reported("6 scenarios: 1 passed, 5 failed");
    assert!(ended.stdout.len() < 8_000, "{}", ended.stdout.len());
    // Keys in another order are the same answer.
    assert!(!project.has("snapshots/order/it.snap.new"));

    let mut review = project
        .run("review")
        .with(1)
        .reported("5 snapshots are pending");
    for (_, told) in TOLD {
        review = review.reported(told);
    }
    assert!(review.stdout.len() < 8_000, "{}", review.stdout.len());

    let served = Served::start(&project, "review --web");
    let marked = [
        ("big", "$[25000]"),
        ("bytes", "1001 bytes, SHA-256 "),
        ("inner", "$.data /a/b/@c"),
        ("text", "line 2"),
        ("xml", "/A/L/T[251]"),
    ];
    for (number, (name, place)) in marked.into_iter().enumerate() {
        let page = format!("snapshot/{number}");
        let got = served.get(&page).with(200).shows(place);
        let got = got.shows(&format!("snapshots/{name}/it.snap"));
        assert!(got.body.len() < 100_000, "{name}: {}", got.body.len());
    }
    served.post("finish", "").with(200);
    assert_eq!(served.end().0, Some(0));
}

#[test]
fn what_ci_left_is_accepted_where_it_was_downloaded() {
    let project = project();
    project
        .run("run --snapshots check --output left")
        .with(1)
        .reported("5 failed");
    for (name, _) in TOLD {
        assert!(
            !project.has(&format!("snapshots/{name}/it.snap.new")),
            "{name}"
        );
    }
    let mut review = project
        .run("review left")
        .with(1)
        .reported("5 snapshots are pending");
    for (_, told) in TOLD {
        review = review.reported(told);
    }
    project.run("review").with(0).reported("nothing is pending");
    project
        .run("accept left")
        .with(0)
        .reported("accepted snapshots/xml/it.snap\n")
        .reported("5 snapshots accepted\n");
    project.run("run --snapshots check").with(0);
}
