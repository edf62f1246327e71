//! The browser that is driven: finding an installed one, starting it, ending it.
//!
//! It is spoken to over two pipes, not over a port: nobody else can join in, nothing has to be found out from its
//! output, and it ends by itself when this program does, however that ends.

use clap::Args;
use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use std::future::Future;
use std::pin::Pin;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::{sleep, timeout};

use super::environment;
use crate::model::project::{Project, TargetDefinition};
use crate::run::{BrowserProcess, LaunchBrowser, Pages, RunningBrowser};

/// What browsers are called that can be driven.
const NAMES: [&str; 6] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
];
/// Where they are on systems that have applications outside `PATH`.
const PLACES: [&str; 3] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/snap/bin/chromium",
];
/// Opens the pipes where the browser looks for them; a shell can, and needs no unsafe code.
const PIPES: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null"#;
/// How long a browser may take to end when it was asked to.
const FAREWELL: Duration = Duration::from_secs(3);
/// How often its profile is tried to be removed, which the last of its processes may still write to.
const REMOVALS: u32 = 20;
/// How many of its last words are kept.
const LAST_WORDS: usize = 12;
/// What it says where it may not isolate pages from the system, as in most containers.
const NO_ISOLATION: &str = "No usable sandbox";

/// The project's hidden folder, for what a run leaves behind that nobody keeps.
pub(super) const FOLDER: &str = ".sammati";
/// The folder in it, or in that of `--output`, for pictures of pages.
pub(super) const PICTURES: &str = "pages";

/// What the command line says of the browser.
#[derive(Debug, Default, Args)]
pub(super) struct Driving {
    /// Shows the window of the browser that is driven
    #[arg(long, help_heading = "Running")]
    headed: bool,
    /// The Chrome or Chromium that is driven [default: the first that is found]
    #[arg(long, value_name = "PATH", help_heading = "Running")]
    browser: Option<PathBuf>,
}

impl Driving {
    /// How the browser is started for pages of a target.
    pub(super) fn options(&self, pages: &Pages, folder: &Path) -> Options {
        Options {
            path: self.browser.as_ref().map(|path| folder.join(path)),
            headed: self.headed,
            resolve: pages.resolve.clone(),
        }
    }
}

/// How a browser is started.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    /// The program, if one was named.
    pub(super) path: Option<PathBuf>,
    /// Whether its window is shown.
    pub(super) headed: bool,
    /// Where names of hosts lead to; port 0 stands for the URL's own.
    pub(super) resolve: Vec<(String, SocketAddr)>,
}

/// How a driven browser gets pages on a target: what is said of pages alone comes before what is said of all.
pub(super) fn pages(project: &Project, definition: Option<&TargetDefinition>) -> Pages {
    let Some(definition) = definition else {
        return Pages {
            ca: super::project::tls_path(project, None, "ca").cloned(),
            ..Pages::default()
        };
    };
    let own = &definition.browser;
    let mut resolve: Vec<(String, SocketAddr)> = Vec::new();
    for (name, address) in own.resolve.iter().chain(&definition.resolve) {
        if !resolve.iter().any(|(known, _)| *known == name.value) {
            resolve.push((name.value.clone(), *address));
        }
    }
    Pages {
        trust_anyone: own.insecure,
        ca: super::project::tls_path(project, Some(definition), "ca").cloned(),
        resolve,
    }
}

/// The browser that would be driven, or what was looked for in vain.
pub(super) fn find(named: Option<&Path>) -> Result<PathBuf, String> {
    if let Some(path) = named {
        return if path.is_file() {
            Ok(path.to_owned())
        } else {
            Err(format!(
                "there is no browser `{}`, which `--browser` names",
                path.display()
            ))
        };
    }
    let folders = environment::variable("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&folders).collect();
    let in_path = NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    in_path
        .chain(PLACES.iter().map(PathBuf::from))
        .find(|path| path.is_file())
        .ok_or_else(|| {
            format!(
                "no Chrome or Chromium was found: there is no {} in PATH, nor {}; install one, or name it with `--browser PATH`",
                NAMES.join(", "),
                PLACES.join(", ")
            )
        })
}

/// How a run gets its browser, when a step first needs one.
pub(super) fn launcher(options: Options) -> LaunchBrowser {
    let options = Arc::new(options);
    Arc::new(move || {
        let options = Arc::clone(&options);
        Box::pin(async move { launch(&options).await })
    })
}

async fn launch(options: &Options) -> Result<RunningBrowser, String> {
    if cfg!(not(unix)) {
        return Err("browsers are driven on Unix-like systems only".into());
    }
    let path = find(options.path.as_deref())?;
    let profile = Profile::new().map_err(|error| {
        format!("the browser's profile cannot be made in the folder for temporary files: {error}")
    })?;
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", PIPES])
        .arg(&path)
        .args(arguments(options, &profile))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    // In a group of its own, so that Ctrl-C does not reach it before the deferred steps that still need it.
    #[cfg(unix)]
    command.process_group(0);
    let failed = |error: io::Error| format!("`{}` cannot be started: {error}", path.display());
    let mut child = command.spawn().map_err(failed)?;
    let (Some(commands), Some(answers), Some(errors)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(format!("`{}` has no pipes", path.display()));
    };
    let words = Arc::default();
    tokio::spawn(listen(errors, Arc::clone(&words)));
    Ok(RunningBrowser {
        name: path.display().to_string(),
        answers: Box::new(answers),
        commands: Box::new(commands),
        process: Box::new(Process {
            child,
            words,
            profile,
        }),
    })
}

fn arguments(options: &Options, profile: &Profile) -> Vec<String> {
    let mut arguments: Vec<String> = [
        "--remote-debugging-pipe",
        "--no-startup-window",
        "--no-first-run",
        "--no-default-browser-check",
        // Nothing but the pages that the scenario opens.
        "--disable-background-networking",
        // A proxy of the environment's would be told what is typed into pages, and find hosts by itself.
        "--no-proxy-server",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-extensions",
        "--disable-sync",
        "--disable-breakpad",
        "--disable-client-side-phishing-detection",
        "--disable-search-engine-choice-screen",
        "--disable-features=Translate,MediaRouter,OptimizationHints,AutofillServerCommunication,PasswordLeakDetection",
        "--metrics-recording-only",
        "--no-service-autorun",
        "--password-store=basic",
        "--use-mock-keychain",
        "--mute-audio",
        // Several cases drive it at once, and none of them is in the background.
        "--disable-background-timer-throttling",
        "--disable-backgrounding-occluded-windows",
        "--disable-renderer-backgrounding",
        // Containers have little of the memory that it would share otherwise.
        "--disable-dev-shm-usage",
        "--force-color-profile=srgb",
        "--window-size=1280,900",
    ]
    .map(str::to_owned)
    .into();
    arguments.push(format!("--user-data-dir={}", profile.0.display()));
    if !options.headed {
        arguments.push("--headless=new".into());
        arguments.push("--hide-scrollbars".into());
    }
    if !options.resolve.is_empty() {
        let rules: Vec<String> = options.resolve.iter().flat_map(rules).collect();
        arguments.push(format!("--host-resolver-rules={}", rules.join(",")));
    }
    // Chromium refuses to isolate its pages when it runs as root, as it does in most containers, and does not start
    // at all without being told that it may do without. For anybody else it isolates them.
    if profile.is_root_s() {
        arguments.push("--no-sandbox".into());
    }
    arguments
}

/// What leads a name elsewhere. A port counts where the URL names none, which is where the port is its scheme's own.
fn rules((name, address): &(String, SocketAddr)) -> Vec<String> {
    let to = match address.ip() {
        IpAddr::V4(numbers) => numbers.to_string(),
        IpAddr::V6(numbers) => format!("[{numbers}]"),
    };
    let mut rules = vec![format!("MAP {name} {to}")];
    if address.port() > 0 {
        let of_scheme = |port| format!("MAP {name}:{port} {to}:{}", address.port());
        rules.splice(0..0, [443, 80].map(of_scheme));
    }
    rules
}

/// A folder that the browser keeps everything in, removed with it.
struct Profile(PathBuf);

impl Profile {
    fn new() -> io::Result<Profile> {
        let mut random = [0_u8; 8];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let number = u64::from_le_bytes(random);
        #[expect(
            clippy::disallowed_methods,
            reason = "this is where the browser's profile is made"
        )]
        let folder = std::env::temp_dir();
        let path = folder.join(format!("sammati-browser-{number:016x}"));
        let mut builder = fs::DirBuilder::new();
        // Cookies are nobody else's business.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Profile(path))
    }

    #[cfg(unix)]
    fn is_root_s(&self) -> bool {
        use std::os::unix::fs::MetadataExt as _;
        fs::metadata(&self.0).is_ok_and(|about| about.uid() == 0)
    }

    #[cfg(not(unix))]
    fn is_root_s(&self) -> bool {
        false
    }

    async fn remove(&self) {
        for _ in 0..REMOVALS {
            match fs::remove_dir_all(&self.0) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    sleep(Duration::from_millis(50)).await;
                }
                _ => return,
            }
        }
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        // It has been removed already, unless the run was dropped.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A browser that runs. Dropped, it is killed.
struct Process {
    child: Child,
    words: Arc<Mutex<Vec<String>>>,
    profile: Profile,
}

impl BrowserProcess for Process {
    fn last_words(&self) -> Vec<String> {
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        if words.iter().any(|word| word.contains(NO_ISOLATION)) {
            return vec!["this system does not let it isolate its pages: allow user namespaces, or run as root in a container".into()];
        }
        words.clone()
    }

    fn end(mut self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            if timeout(FAREWELL, self.child.wait()).await.is_err() {
                // It ended in the meantime, which is as good.
                let _ = self.child.kill().await;
            }
            self.profile.remove().await;
        })
    }
}

/// Keeps what a browser says last, which is why it does not start.
async fn listen(errors: ChildStderr, words: Arc<Mutex<Vec<String>>>) {
    let mut lines = BufReader::new(errors).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        // The bus of a desktop is missing on every server, and nobody misses it.
        if line.trim().is_empty() || line.contains("dbus/") {
            continue;
        }
        if words.len() == LAST_WORDS {
            words.remove(0);
        }
        words.push(line.chars().take(300).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_that_is_named_must_be_there() {
        let message = find(Some(Path::new("/no/such/browser"))).unwrap_err();
        assert!(message.contains("`/no/such/browser`"), "{message}");
        assert!(message.contains("--browser"), "{message}");
    }

    #[test]
    fn names_of_hosts_become_rules() {
        let options = Options {
            resolve: vec![
                ("a.test".into(), "127.0.0.1:1".parse().unwrap()),
                ("b.test".into(), "[::1]:0".parse().unwrap()),
            ],
            ..Options::default()
        };
        let profile = Profile::new().unwrap();
        let arguments = arguments(&options, &profile);
        let wanted = "--host-resolver-rules=MAP a.test:443 127.0.0.1:1,MAP a.test:80 127.0.0.1:1,MAP a.test 127.0.0.1,MAP b.test [::1]";
        assert!(arguments.iter().any(|argument| argument == wanted));
        assert!(
            arguments
                .iter()
                .any(|argument| argument == "--headless=new")
        );
    }

    #[test]
    fn a_profile_goes_with_what_holds_it() {
        let profile = Profile::new().unwrap();
        let path = profile.0.clone();
        fs::write(path.join("cookie"), "x").unwrap();
        drop(profile);
        assert!(!path.exists());
    }
}
