//! The repository's own scenarios on the stand-in for Setu's hosts, where a customer with a client of HTTP approves.

use std::time::Duration;

use tokio::task::JoinSet;

use super::customer::answer;
use super::standin::bench::{Ended, Project};
use super::standin::host::{Standin, client};
use super::standin::{HALF_AN_HOUR, RUN, answers, logins, odd_things_have_happened, passed};

/// Runs it while customers approve what it asks for; none of them meets a page that is no good.
async fn run(project: &Project, standin: &Standin, arguments: &str) -> Ended {
    let mut customers = JoinSet::new();
    let ask = |notice: String, link: String| {
        let client = client(&standin.ca, &standin.addresses);
        customers.spawn(async move { answer(&client, &notice, &link).await });
    };
    let ended = project.run(arguments, ask).await;
    let met = customers.join_all().await;
    let trouble: Vec<String> = met.into_iter().filter_map(Result::err).collect();
    assert_eq!(trouble, Vec::<String>::new());
    ended
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_scenarios_for_both_targets_pass() {
    let project = Project::new();
    let standin = Standin::start(1, project.bridge, HALF_AN_HOUR).await;
    project.point_at(&standin);
    let update = format!("{RUN} --consent manual --snapshots update");
    let ended = run(&project, &standin, &update).await;
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
    let passed = passed(&project);
    assert!(passed.len() >= 50, "only {passed:?}");
    odd_things_have_happened(&standin);

    // What is random or of its time must not be what the snapshots say: another day's data fits them too. And the run
    // takes longer than a token lives there.
    let another = Standin::start(2, project.bridge, Duration::from_secs(5)).await;
    project.point_at(&another);
    let check = format!("{RUN} --consent manual --snapshots check");
    let ended = run(&project, &another, &check).await;
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
    let seen = another.seen();
    assert!(
        logins(&seen) > 1,
        "a token lives for a part of the run only"
    );
    assert_eq!(
        answers(&seen, 401, "token expired"),
        0,
        "none was used too long"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_finds_it_well() {
    let project = Project::new();
    let standin = Standin::start(1, project.bridge, HALF_AN_HOUR).await;
    project.point_at(&standin);
    let ended = project.run("doctor --target setu", |_, _| {}).await;
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    for line in [
        "as the target's `resolve` says",
        "TLS, answered in",
        "ok       login",
        "ok       fips",
        "ok       notifications",
    ] {
        assert!(ended.stdout.contains(line), "{line} in {}", ended.stdout);
    }
    project.write("ca.pem", &crate::authority::Ca::new("another").pem);
    let ended = project.run("doctor --target setu", |_, _| {}).await;
    assert_eq!(ended.code, Some(1));
    assert!(
        ended
            .stdout
            .contains("no CA that is trusted here has signed its certificate")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_target_s_rules_another_day_s_data_is_seen() {
    let project = Project::new();
    let run = async |mode: &str, seed: u64, has_rules: bool| {
        let standin = Standin::start(seed, project.bridge, HALF_AN_HOUR).await;
        project.point_at(&standin);
        if !has_rules {
            let file = std::fs::read_to_string(project.path().join("sammati.yaml")).unwrap();
            let rule = "shape: [$..data, ";
            assert!(file.contains(rule), "{file}");
            project.write("sammati.yaml", &file.replace(rule, "shape: ["));
        }
        let arguments =
            format!("{RUN} --consent manual --snapshots {mode} scenarios/consent_to_data.yaml");
        run(&project, &standin, &arguments).await
    };
    let ended = run("update", 1, false).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let ended = run("check", 2, false).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("transaction"), "{}", ended.stdout);
    let ended = run("update", 1, true).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let ended = run("check", 2, true).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
}
