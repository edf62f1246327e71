//! The binary: nothing but the entry.

fn main() -> std::process::ExitCode {
    sammati::cli::main()
}
