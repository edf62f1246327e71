//! A report's file: whole under its name, or not there.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::load::plain;

/// Bytes of a picture that a page has in it.
const LONGEST_PICTURE: u64 = 2 * 1024 * 1024;

/// A file that is being written under another name. It is gone if it is dropped before it is whole.
#[derive(Debug)]
pub(super) struct ReportFile {
    file: File,
    temporary: PathBuf,
    path: PathBuf,
    is_whole: bool,
}

impl ReportFile {
    /// Makes the file and the folders that it stands in. What was there under its name is removed: an older report
    /// must not pass for that of a run that wrote none.
    #[expect(
        clippy::disallowed_methods,
        reason = "two runs that write the same report must not share its temporary file"
    )]
    pub(super) fn create(path: &Path) -> io::Result<ReportFile> {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}.tmp", std::process::id()));
        make_folder(&path)?;
        let temporary = path.with_file_name(name);
        let file = File::create(&temporary)?;
        let report = ReportFile {
            file,
            temporary,
            path,
            is_whole: false,
        };
        match fs::remove_file(&report.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(report),
        }
    }

    /// What is written to.
    pub(super) fn writer(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Gives the file its name. All must be written. Nobody waits for the disk, which took longer than all else: a
    /// machine that breaks down has lost its run, and not just the run's report.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        fs::rename(&self.temporary, &self.path)?;
        self.is_whole = true;
        Ok(())
    }
}

impl Drop for ReportFile {
    fn drop(&mut self) {
        if !self.is_whole {
            // It has no value, and nobody is left to be told.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// What a file of a picture has in it, unless it is longer than a page can well bear.
pub(super) fn picture(path: &Path) -> Option<Vec<u8>> {
    let about = fs::metadata(path).ok()?;
    (about.len() <= LONGEST_PICTURE).then(|| fs::read(path).ok())?
}

/// Where a report will stand, by the one name that all ways to write its path have in common.
pub(super) fn place(path: &Path) -> PathBuf {
    let inside = |path: &Path| {
        let folder = match path.parent()? {
            folder if folder.as_os_str().is_empty() => Path::new("."),
            folder => folder,
        };
        Some(fs::canonicalize(folder).ok()?.join(path.file_name()?))
    };
    let whole = || plain(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
    fs::canonicalize(path)
        .ok()
        .or_else(|| inside(path))
        .unwrap_or_else(whole)
}

/// Whether a path is there and no plain file: a pipe, a terminal, `/dev/stderr`. Nothing can take its name.
pub(super) fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir())
}

/// Opens what is written as it comes, in place of what was there.
pub(super) fn stream(path: &Path) -> io::Result<File> {
    make_folder(path)?;
    OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .open(path)
}

/// Opens what is added to.
pub(super) fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn make_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => fs::create_dir_all(folder),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_report_is_whole_or_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/report.xml");
        let mut report = ReportFile::create(&path).unwrap();
        report.writer().unwrap().write_all(b"whole").unwrap();
        assert!(!path.exists());
        report.finish().unwrap();
        drop(report);
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
        // A run that ends without its report leaves none, and nothing else.
        let report = ReportFile::create(&path).unwrap();
        report.writer().unwrap().write_all(b"ha").unwrap();
        drop(report);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 0);
        assert!(ReportFile::create(folder.path()).is_err());
    }
}
