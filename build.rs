//! Links the released binary at a fixed address where that is known to work: a third of the time that `sammati --version`
//! takes is else spent on moving the binary's own pointers.

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
    }
}
