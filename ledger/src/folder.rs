//! Folders that are there after a power cut.

use std::fs::File;
use std::io;
use std::path::Path;

/// Makes a folder and what is missing above it, each durable under its name. What is in it by then
/// need not be: that is for the sync of its files.
///
/// # Errors
/// When one cannot be made or synced. One that may not be read is not synced: it is another's.
pub fn make(folder: &Path) -> io::Result<()> {
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
    if !folder.exists()
        && let Some(above) = above
    {
        make(above)?;
    }
    std::fs::create_dir_all(folder)?;
    // Also of one that was there: who made it may have gone before its name was durable.
    match above.map_or(Ok(()), sync) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        synced => synced,
    }
}

/// Makes the names in a folder durable.
pub(crate) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_that_is_missing_is_made_and_what_is_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b/c");
        super::make(&deep).unwrap();
        std::fs::write(deep.join("file"), "1").unwrap();
        super::make(&deep).unwrap();
        assert_eq!(std::fs::read_to_string(deep.join("file")).unwrap(), "1");
        std::fs::write(folder.path().join("file"), "1").unwrap();
        assert!(super::make(&folder.path().join("file/under")).is_err());
    }
}
