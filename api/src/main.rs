//! The `cauri` binary.

use std::process::ExitCode;

/// The engine and the server make many small, short-lived allocations on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cauri_api::cli::main()
}
