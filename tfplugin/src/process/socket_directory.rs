//! The directory of the unix socket, which only the user may enter.

use std::fs::{DirBuilder, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// A path of a socket has room for 104 bytes on macOS and 108 on Linux, and ends with a zero.
const LONGEST_PATH: usize = 103;

const SOCKET: &str = "s";

/// A directory for one socket; it goes with this value.
#[derive(Debug)]
pub(super) struct SocketDirectory {
    path: PathBuf,
}

impl SocketDirectory {
    /// Makes a directory under `parent`, or under `/tmp` where the path of the socket would be too long.
    pub(super) fn create(parent: &Path) -> io::Result<Self> {
        let mut attempt = 0_u32;
        loop {
            let name = format!("tfplugin-{}-{attempt}", std::process::id());
            let fits = parent.join(&name).join(SOCKET).as_os_str().len() <= LONGEST_PATH;
            let path = if fits { parent } else { Path::new("/tmp") }.join(&name);
            // `create` fails where the name exists, so nobody else can have prepared the directory.
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(SocketDirectory { path }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => attempt += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Where the socket goes.
    pub(super) fn socket(&self) -> PathBuf {
        self.path.join(SOCKET)
    }

    /// Lets a group call the socket, which exists by now.
    pub(super) fn admit(&self, group: &str) -> io::Result<()> {
        let id = group_id(group)?;
        chown(self.socket(), None, Some(id))?;
        std::fs::set_permissions(self.socket(), Permissions::from_mode(0o660))?;
        chown(&self.path, None, Some(id))?;
        std::fs::set_permissions(&self.path, Permissions::from_mode(0o710))
    }
}

impl Drop for SocketDirectory {
    fn drop(&mut self) {
        // Nothing can be done where the directory does not go away, and the process ends.
        std::fs::remove_dir_all(&self.path).ok();
    }
}

fn group_id(group: &str) -> io::Result<u32> {
    if let Ok(id) = group.parse() {
        return Ok(id);
    }
    let groups = std::fs::read_to_string("/etc/group")?;
    let mut fields = groups.lines().map(|line| line.split(':'));
    let id = fields.find_map(|mut line| (line.next() == Some(group)).then(|| line.nth(1)?.parse().ok()).flatten());
    id.ok_or_else(|| io::Error::new(ErrorKind::NotFound, format!("no group `{group}` in /etc/group")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_user_may_enter_and_nothing_stays() {
        let parent = tempfile::tempdir().expect("a scratch directory");
        let first = SocketDirectory::create(parent.path()).expect("a directory");
        let second = SocketDirectory::create(parent.path()).expect("another directory");
        assert_ne!(first.path, second.path);
        assert_eq!(std::fs::metadata(&first.path).expect("it exists").permissions().mode() & 0o777, 0o700);
        std::fs::write(first.socket(), "").expect("the user may enter");
        drop(first);
        assert!(second.path.exists());
        drop(second);
        assert_eq!(std::fs::read_dir(parent.path()).expect("it exists").count(), 0);
    }

    #[test]
    fn a_long_parent_gives_way_to_tmp() {
        let parent = tempfile::tempdir().expect("a scratch directory");
        let long = parent.path().join("x".repeat(100));
        std::fs::create_dir(&long).expect("a long name");
        let directory = SocketDirectory::create(&long).expect("a directory");
        assert!(directory.socket().as_os_str().len() <= LONGEST_PATH);
        assert!(directory.path.starts_with("/tmp"));
    }

    #[test]
    fn a_group_is_found_by_number_and_by_name() {
        assert_eq!(group_id("4711").expect("a number"), 4711);
        assert_eq!(group_id("root").or_else(|_| group_id("wheel")).expect("the first group"), 0);
        assert_eq!(group_id("no such group").expect_err("no group").kind(), ErrorKind::NotFound);
    }
}
