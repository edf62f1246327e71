//! What becomes pending while a review is served.

use super::*;

#[test]
fn what_becomes_pending_meanwhile_is_told_and_asked_about() {
    let project = Project::new(&[("sammati.yaml", "target: embedded\n")]);
    let put = |step: &str| {
        let path = format!("snapshots/flow/{step}.snap.new");
        project.write(&path, &snapshot(step, "200 OK"));
    };
    put("one");
    let served = Served::start(&project, "review --web");
    let (page, shown) = served.first();
    put("two");
    let again = served
        .get(&page)
        .shows("Pending since this review began")
        .shows("snapshots/flow/two.snap");
    assert!(!shown.body.contains("Pending since"));
    let once = served.get(&page);
    assert!(!once.body.contains("Pending since"), "it was told");
    served.answer(&page, &again, "accept").with(303);
    // The last is not the last where a run has left another meanwhile.
    let shown = served.get("snapshot/1").shows("flow › two");
    put("three");
    let next = served
        .answer("snapshot/1", &shown, "reject")
        .leads_to(&served.base);
    let next = served.get(&next).leads_to(&served.base);
    let shown = served
        .get(&next)
        .shows("Pending since this review began")
        .shows("flow › three");
    served
        .answer(&next, &shown, "accept")
        .with(200)
        .shows("Everything is decided");
    let (code, said) = served.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.ends_with("2 accepted, 1 rejected, 0 still pending\n"),
        "{said}"
    );
}
