# What CI runs, and the pieces of it.

# Everything that CI runs.
ci:
    bash .ci/run

# The project's own scenarios against the embedded sandbox.
scenarios *arguments:
    cargo run --release -- run {{ arguments }}

# All tests.
test:
    cargo test --locked

# The consent pages in a real Chromium (needs chromium and chromedriver).
browser:
    cargo test --locked --test browser

# Format and lints.
lint:
    cargo fmt --check
    cargo clippy --all-targets --test browser --locked -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked

# Sammati against a bare reqwest loop.
bench:
    cargo bench --bench speed

# The sandbox under load, and its memory (needs wrk).
load:
    cargo bench --bench load

# What snapshots cost, and how soon a review of thousands is there
bench-snapshots:
    cargo bench --bench snapshots

# What all reports cost beside a run of 10,000 cases
scale:
    cargo bench --bench scale

# Licences, advisories and duplicate versions of dependencies (needs cargo-deny).
deny:
    cargo deny check

# Attack one of check, template, jsonpath, matcher for so many seconds (needs cargo-fuzz).
fuzz target seconds="600":
    RUSTC_BOOTSTRAP=1 cargo fuzz run {{ target }} --sanitizer none -- -max_total_time={{ seconds }} -timeout=10 -max_len=4096
