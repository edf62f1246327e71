//! A secret in every form on a page, through everything that is told and kept of pages.

use std::fs;
use std::path::Path;

use axum::response::{Html, IntoResponse as _};

use super::forms::{FORMS, SECRET, leak_in};
use super::project::{Pages, Project};
use super::wanted;

/// Each form as the text of an element, of a field and of a title.
fn page(style: &str) -> String {
    let escaped = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;")
    };
    let mut page = format!(
        "<!doctype html><meta charset=utf-8><title>{}</title><style>b, input {{ {style} }} * {{ font: 16px monospace }}</style>",
        escaped(SECRET)
    );
    for (name, form) in FORMS {
        let form = match name {
            "hex" => form.replace(' ', ""),
            _ => form.to_owned(),
        };
        let form = escaped(&form);
        page.push_str(&format!(
            "<p>Here <b>{form}</b> <input size=90 aria-label={name} value=\"{form}\"></p>"
        ));
    }
    page
}

fn texts_under(folder: &Path, text: &mut String) -> usize {
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files += texts_under(&path, text);
        } else if path.extension().is_none_or(|ending| ending != "png") {
            text.push_str(&fs::read_to_string(&path).unwrap());
            files += 1;
        }
    }
    files
}

#[tokio::test]
async fn a_secret_is_told_of_no_page_in_any_form() {
    if !wanted() {
        return;
    }
    let pages = Pages::answering(|path, _| {
        let style = if path.contains("hidden") {
            "opacity: 0"
        } else {
            ""
        };
        Html(page(style)).into_response()
    })
    .await;
    let scenario = r##"
steps:
  - id: see
    browser:
      - goto: "/?k={{ pin | urlencode }}"
      - screenshot: shown
      - goto: "/hidden?k={{ pin | urlencode }}"
      - screenshot: hidden
  - id: text
    timeout: 1s
    keep_going: true
    browser: [ { expect: { text: { contains: nothing }, url: nothing } } ]
  - id: missing
    timeout: 1s
    keep_going: true
    browser: [ { click: { text: "{{ pin }} is not there" } } ]
  - id: several
    timeout: 1s
    keep_going: true
    browser: [ { click: "b" } ]
  - id: script
    timeout: 1s
    browser: [ { fill: { label: json, with: "{{ pin }}!" } }, { expect: { element: { label: json }, value: nothing } } ]
"##;
    let project = Project::of(&pages, scenario);
    let reports = "--report html=out/a.html --report har=out/a.har --report junit=out/a.xml --report json=out/a.json \
                   --report ndjson=out/a.ndjson --report tap=out/a.tap --report github=out/a.txt";
    let mut command = tokio::process::Command::from(project.command(&format!("run -vv {reports}")));
    let output = command.env("PAGES_PIN", SECRET).output().await.unwrap();
    let mut all = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{all}");
    assert_eq!(all.matches("failed: step").count(), 4, "{all}");
    let kept = project.path().join(".sammati/pages/a");
    assert_eq!(texts_under(&kept, &mut all), 6);
    assert_eq!(texts_under(&project.path().join("out"), &mut all), 7);
    assert_eq!(leak_in(&all), None);
    let picture = |name: &str| fs::read(kept.join(name)).unwrap();
    assert!(
        picture("see-shown.png") == picture("see-hidden.png"),
        "the pictures differ"
    );
}
