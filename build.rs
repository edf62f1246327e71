//! Makes the released binary start faster where that is known to work: it is linked at a fixed address, because a third
//! of the time that `sammati --version` takes is else spent on moving the binary's own pointers, and with GCC's unwinder
//! inside it, because a library less to load is a tenth of a millisecond.

#![expect(
    clippy::disallowed_methods,
    reason = "this is how a build script hears"
)]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    if is("PROFILE", "release")
        && is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && is("CARGO_CFG_TARGET_ARCH", "x86_64")
    {
        println!("cargo::rustc-link-arg-bins=-no-pie");
        if compiler_has("libgcc_eh.a") {
            println!(
                "cargo::rustc-link-arg-bins=-Wl,--push-state,--whole-archive,-lgcc_eh,--pop-state"
            );
        }
    }
}

/// Whether the C compiler that links by default comes with this library; it answers with a path where it does.
fn compiler_has(library: &str) -> bool {
    std::process::Command::new("cc")
        .arg(format!("-print-file-name={library}"))
        .output()
        .is_ok_and(|output| output.stdout.contains(&b'/'))
}
