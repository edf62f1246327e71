//! The binary: nothing but the entry, and the allocator.

/// A run allocates many small values, most of them while it reads files: with the system's allocator that is a
/// quarter of all its instructions.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    sammati::cli::main()
}
