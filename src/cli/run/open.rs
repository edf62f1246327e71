//! `--open`: the pages that a person must answer, opened in the browser that the system has for that.

use std::process::Stdio;
use tokio::process::Command;
use url::Url;

use crate::model::outcome::Event;

/// What opens a link, and what comes before the link.
const OPENER: (&str, &[&str]) = if cfg!(target_os = "macos") {
    ("open", &[])
} else if cfg!(windows) {
    ("rundll32.exe", &["url.dll,FileProtocolHandler"])
} else {
    ("xdg-open", &[])
};

/// Opens links, if that is wanted.
pub(super) struct Opener {
    is_wanted: bool,
}

impl Opener {
    pub(super) fn new(is_wanted: bool) -> Opener {
        Opener { is_wanted }
    }

    /// Opens the page that an event asks a person to open. Where that cannot be done it says so once; the link is shown
    /// all the same.
    pub(super) fn on_event(&mut self, event: &Event) -> Result<(), String> {
        let Event::ConsentWanted { url, .. } = event else {
            return Ok(());
        };
        if !self.is_wanted {
            return Ok(());
        }
        let opened = open(url);
        self.is_wanted = opened.is_ok();
        opened
    }
}

fn open(link: &str) -> Result<(), String> {
    // The system would take anything else for a file, or for a command of another program.
    let url = Url::parse(link).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.ok_or("the link is none for a browser, and is not opened")?;
    let (program, before) = OPENER;
    let mut command = Command::new(program);
    command
        .args(before)
        .arg(url.as_str())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // In a group of its own: what ends this program must not end somebody's browser.
    #[cfg(unix)]
    command.process_group(0);
    match command.spawn() {
        Ok(_) => Ok(()),
        Err(error) => Err(format!(
            "the link is not opened: `{program}` cannot be started: {error}"
        )),
    }
}
