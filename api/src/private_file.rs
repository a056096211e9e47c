//! Files of secrets: nobody but their owner may read them, and they are made whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};

/// Why such a file is not read.
#[derive(Debug)]
pub(crate) enum Unread {
    /// Others than its owner may read it, so it is no secret any more.
    Exposed,
    /// The file system said no.
    Io(io::Error),
}

/// Reads one.
pub(crate) fn read(path: &Path) -> Result<SecretString, Unread> {
    let mut file = File::open(path).map_err(Unread::Io)?;
    let mode = file.metadata().map_err(Unread::Io)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Unread::Exposed);
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(Unread::Io)?;
    Ok(text.into())
}

/// Writes a new one beside `folder/name` and links it there, which fails where another process was
/// quicker: that one's is then the file. Nobody ever sees half of it, and it is on disk before it is
/// used.
pub(crate) fn make(folder: &Path, name: &str, text: &SecretString) -> io::Result<()> {
    let draft = folder.join(format!("{name}.{}.new", uuid::Uuid::new_v4()));
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    out.write_all(text.expose_secret().as_bytes())?;
    out.sync_all()?;
    let linked = match fs::hard_link(&draft, folder.join(name)) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(()) | Err(_) => Ok(()),
    };
    fs::remove_file(&draft)?;
    linked?;
    File::open(folder)?.sync_all()
}
