//! Fragments that use each other in many ways.

use super::*;

/// A scenario on a host that nobody asks, and fragments each of which uses the next one twice.
fn diamonds(count: usize) -> Project {
    let project = Project::new(&[
        (
            "sammati.yaml",
            "target: it\ntargets:\n  it: { base_url: http://127.0.0.1:9 }\n",
        ),
        (
            "scenarios/a.yaml",
            "steps:\n  - use: _0.yaml\n  - print: \"{{ last }}\"\n",
        ),
    ]);
    for number in 0..count {
        let next = number + 1;
        let uses = format!("steps:\n  - use: _{next}.yaml\n  - use: _{next}.yaml\n");
        project.write(&format!("scenarios/_{number}.yaml"), &uses);
    }
    let last = "steps:\n  - set: { last: done }\n";
    project.write(&format!("scenarios/_{count}.yaml"), last);
    project
}

#[test]
fn fragments_that_multiply_are_told_at_once() {
    let project = diamonds(19);
    let told =
        "scenarios/a.yaml:2:10: error: with `_0.yaml` here, 1572862 steps come from fragments";
    for arguments in ["run", "run --dry-run", "check"] {
        let ended = project.run(arguments).with(2).said(told);
        assert!(!ended.stderr.contains("`last`"), "{ended:#?}");
    }
}

#[test]
fn fragments_that_multiply_within_reason_run() {
    diamonds(9).run("run -v").with(0).reported("done");
}

/// Each of them uses all others: more ways round than anybody could follow.
#[test]
fn many_circles_are_told_at_once() {
    let project = Project::new(&[("scenarios/a.yaml", "steps:\n  - use: _0.yaml\n")]);
    for number in 0..14 {
        let others = (0..14).filter(|other| *other != number);
        let uses: String = others
            .map(|other| format!("  - use: _{other}.yaml\n"))
            .collect();
        project.write(
            &format!("scenarios/_{number}.yaml"),
            &format!("steps:\n{uses}"),
        );
    }
    let told = "this goes round in a circle: a -> _0 -> _1";
    let ended = project.run("check").with(2).said(told);
    assert!(!ended.stderr.contains("come from fragments"), "{ended:#?}");
    let told = ended.stderr.matches("goes round in a circle").count();
    assert!(told <= 14 * 13, "{told}");
}
