//! Where the system keeps PostgreSQL's server binaries.

use std::path::{Path, PathBuf};

/// The folder of `initdb` and `postgres`: `CAURI_POSTGRES_BIN`, the newest of Debian's, the one on
/// the `PATH`, or the one that `scripts/ensure-postgres.sh` put into `.cauri/postgres`.
#[must_use]
pub fn find() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("CAURI_POSTGRES_BIN").filter(|text| !text.is_empty()) {
        return PathBuf::from(folder).canonicalize().ok().filter(|folder| is_complete(folder));
    }
    debian().or_else(on_path).or_else(beside_us)
}

/// Where `scripts/ensure-postgres.sh` puts the binaries when the system has none.
const WHEEL: &str = ".cauri/postgres/pgserver/pginstall/bin";

/// In the working folder or one above it: tests run in their crate's folder.
fn beside_us() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let mut folders = here.ancestors().map(|folder| folder.join(WHEEL));
    folders.find(|folder| is_complete(folder))
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file())
}

fn debian() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let newest = versions
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin"))).filter(|(_, folder)| is_complete(folder))
        })
        .max_by_key(|(version, _)| *version);
    newest.map(|(_, folder)| folder)
}

/// `initdb` may be a link: the other binaries lie beside what it points at.
fn on_path() -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .filter_map(|folder| folder.join("initdb").canonicalize().ok())
        .filter_map(|initdb| initdb.parent().map(Path::to_owned))
        .find(|folder| is_complete(folder))
}
