//! The repository's own scenarios on the stand-in for Setu's hosts, approved by a driven browser, which trusts the
//! stand-in's CA because the target does, and finds its hosts as the target does.

use super::authority::Ca;
use super::standin::bench::{Ended, Project};
use super::standin::host::{Host, Standin};
use super::standin::{HALF_AN_HOUR, RUN, odd_things_have_happened, passed};
use super::wanted;

/// Runs it; nobody else is asked to approve anything.
async fn run(project: &Project, arguments: &str) -> Ended {
    let nobody = |notice, link| panic!("{notice} {link}");
    project.run(arguments, nobody).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_scenarios_for_both_targets_pass() {
    if !wanted() {
        return;
    }
    let project = Project::new();
    let standin = Standin::start(1, project.bridge, HALF_AN_HOUR).await;
    project.point_at(&standin);
    let update = format!("{RUN} --consent browser --snapshots update");
    let ended = run(&project, &update).await;
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
    let passed = passed(&project);
    assert!(passed.len() >= 50, "only {passed:?}");
    for answer in [
        "two_consents_at_once",
        "rejected.yaml",
        "[cancelled]",
        "[not-understood]",
        "[rejected]",
    ] {
        let is_there = passed.iter().any(|name| name.contains(answer));
        assert!(is_there, "{answer} in {passed:?}");
    }
    odd_things_have_happened(&standin);

    let another = Standin::start(2, project.bridge, HALF_AN_HOUR).await;
    project.point_at(&another);
    let again = "scenarios/consent_to_data.yaml scenarios/consents scenarios/notifications";
    let check = format!("{RUN} --consent browser --snapshots check {again}");
    let ended = run(&project, &check).await;
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_another_ca_is_not_opened() {
    if !wanted() {
        return;
    }
    let project = Project::new();
    let standin = Standin::start(1, project.bridge, HALF_AN_HOUR).await;
    project.point_at(&standin);
    let page = format!("https://{}/v2/consents/webview/x", Host::Pages.name());
    let scenario = format!("steps:\n  - browser: [ {{ goto: '{page}' }} ]\n");
    project.write("scenarios/page.yaml", &scenario);
    let arguments = "run --target setu scenarios/page.yaml";
    // It is the gateway that answers.
    let ended = run(&project, arguments).await;
    assert!(ended.stdout.contains("number 404"), "{ended:?}");
    project.write("ca.pem", &Ca::new("another").pem);
    let ended = run(&project, arguments).await;
    assert_eq!(ended.code, Some(1));
    let why = "no CA that is trusted here has signed its certificate";
    assert!(ended.stdout.contains(why), "{ended:?}");
    assert!(standin.seen().iter().all(|seen| seen.status == 404));
}
