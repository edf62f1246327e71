//! The protocol of Chrome's developer tools, over two pipes: commands with their answers, and what happens in each tab.
//!
//! Written here and not taken from a crate, because a dozen commands of several hundred are needed: the crates that
//! know all of them take longer to compile than the rest of the project, and speak over a port.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::sync::{mpsc, oneshot, watch};

use super::super::RunningBrowser;

/// How many dialogs of a page are remembered.
const MOST_DIALOGS: usize = 5;

/// A browser that is spoken to.
pub(in crate::run) struct Connection {
    shared: Arc<Shared>,
    /// What it was started as.
    pub(super) name: String,
}

struct Shared {
    state: Mutex<State>,
    commands: mpsc::UnboundedSender<Vec<u8>>,
}

#[derive(Default)]
struct State {
    last: u64,
    waiting: HashMap<u64, oneshot::Sender<Result<Value, String>>>,
    /// What happens in each tab, by its session.
    tabs: HashMap<String, watch::Sender<TabState>>,
    /// Who gets what a tab would load, by its session, where somebody does.
    couriers: HashMap<String, mpsc::UnboundedSender<Errand>>,
    has_ended: bool,
}

/// What a tab's courier is to do.
pub(super) enum Errand {
    /// Get something for the session.
    Get { session: String, paused: Value },
    /// See to a frame of another site, which is a session of its own and waits to be let go on.
    Admit { session: String },
}

/// What is known of a tab.
#[derive(Clone, Debug, Default)]
pub(super) struct TabState {
    /// The frame of its page.
    frame: String,
    /// Whether its page is being loaded.
    pub(super) is_loading: bool,
    /// How many pages it has begun to show.
    pub(super) pages: u64,
    /// Whether the page can be read.
    pub(super) is_ready: bool,
    /// What pages said in dialogs, which were answered at once.
    pub(super) dialogs: Vec<String>,
    /// Why the page that was asked for last did not come, where it was got for the browser.
    pub(super) trouble: Option<String>,
    /// How many pages it was asked for.
    asked: u64,
    /// Why it shows nothing any more.
    pub(super) gone: Option<&'static str>,
}

impl Connection {
    /// Begins to listen.
    pub(super) fn open(
        name: String,
        answers: Box<dyn AsyncRead + Send + Unpin>,
        commands: Box<dyn AsyncWrite + Send + Unpin>,
    ) -> Connection {
        let (sender, receiver) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            commands: sender,
        });
        tokio::spawn(write(commands, receiver));
        tokio::spawn(read(answers, Arc::downgrade(&shared)));
        Connection { shared, name }
    }

    /// Whether it has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.shared.lock().has_ended
    }

    /// Listens to what happens in a tab; `frame` is that of its page, and not of one inside it.
    pub(super) fn watch(&self, session: &str, frame: &str) -> watch::Receiver<TabState> {
        let (sender, receiver) = watch::channel(TabState {
            frame: frame.to_owned(),
            ..TabState::default()
        });
        self.shared.lock().tabs.insert(session.to_owned(), sender);
        receiver
    }

    /// Listens to what a tab would load, and the frames in it.
    pub(super) fn watch_loads(&self, session: &str) -> mpsc::UnboundedReceiver<Errand> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut state = self.shared.lock();
        state.couriers.insert(session.to_owned(), sender);
        receiver
    }

    /// A page is asked for, and what became of the one before it is no matter any more. Gives its number.
    pub(super) fn ask_for_page(&self, session: &str) -> u64 {
        let mut number = 0;
        if let Some(tab) = self.shared.lock().tabs.get(session) {
            tab.send_modify(|tab| {
                tab.trouble = None;
                tab.asked += 1;
                number = tab.asked;
            });
        }
        number
    }

    /// Remembers why a tab's page did not come, unless another was asked for meanwhile.
    pub(super) fn note_trouble(&self, session: &str, number: u64, trouble: String) {
        if let Some(tab) = self.shared.lock().tabs.get(session) {
            tab.send_modify(|tab| {
                if tab.asked == number {
                    tab.trouble = Some(trouble);
                }
            });
        }
    }

    /// Listens no more.
    pub(super) fn forget(&self, session: &str) {
        let mut state = self.shared.lock();
        state.tabs.remove(session);
        state.couriers.remove(session);
    }

    /// Gives a command and waits for its answer.
    pub(super) async fn call(
        &self,
        session: Option<&str>,
        method: &str,
        parameters: Value,
    ) -> Result<Value, String> {
        let (sender, receiver) = oneshot::channel();
        self.shared
            .send(session, method, parameters, Some(sender))?;
        receiver.await.unwrap_or_else(|_| Err(ended()))
    }

    /// Gives a command whose answer does not matter.
    pub(super) fn tell(&self, session: Option<&str>, method: &str, parameters: Value) {
        // A browser that has ended needs no telling.
        let _ = self.shared.send(session, method, parameters, None);
    }
}

fn ended() -> String {
    "the browser has ended".into()
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(
        &self,
        session: Option<&str>,
        method: &str,
        parameters: Value,
        answer: Option<oneshot::Sender<Result<Value, String>>>,
    ) -> Result<(), String> {
        let mut state = self.lock();
        if state.has_ended {
            return Err(ended());
        }
        state.last += 1;
        let id = state.last;
        let mut command = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        if let Some(answer) = answer {
            state.waiting.insert(id, answer);
        }
        let mut bytes = command.to_string().into_bytes();
        bytes.push(0);
        self.commands.send(bytes).map_err(|_| ended())
    }

    /// Takes a message: an answer, or something that happened.
    fn take(&self, message: &mut Value) {
        if let Some(id) = message["id"].as_u64() {
            let waiting = self.lock().waiting.remove(&id);
            if let Some(waiting) = waiting {
                let answer = match message["error"]["message"].as_str() {
                    Some(error) => Err(error.to_owned()),
                    None => Ok(message["result"].take()),
                };
                // Whoever asked may have given up.
                let _ = waiting.send(answer);
            }
            return;
        }
        let method = message["method"].as_str().unwrap_or_default();
        let session = message["sessionId"].as_str();
        let parameters = &message["params"];
        if method == "Page.javascriptDialogOpening" {
            // Nobody is there to answer, and the page stands still until somebody does. A page may be left.
            let accept = parameters["type"] == "beforeunload";
            let answer = json!({ "accept": accept });
            // It has ended, if it cannot be told.
            let _ = self.send(session, "Page.handleJavaScriptDialog", answer, None);
        }
        let session = match method {
            "Target.detachedFromTarget" => parameters["sessionId"].as_str(),
            _ => session,
        };
        let mut state = self.lock();
        if let Some(session) = session {
            state.give_to_courier(method, session, parameters);
        }
        if let Some(tab) = session.and_then(|session| state.tabs.get(session)) {
            tab.send_modify(|tab| tab.note(method, parameters));
        }
    }

    fn end(&self) {
        let mut state = self.lock();
        state.has_ended = true;
        for (_, waiting) in state.waiting.drain() {
            let _ = waiting.send(Err(ended()));
        }
        for tab in state.tabs.values() {
            tab.send_modify(|tab| {
                tab.gone.get_or_insert("the browser has ended");
            });
        }
    }
}

impl State {
    /// What a session's courier must hear of. One that is gone has nothing to do.
    fn give_to_courier(&mut self, method: &str, session: &str, parameters: &Value) {
        let Some(courier) = self.couriers.get(session).cloned() else {
            return;
        };
        match method {
            "Fetch.requestPaused" => {
                let _ = courier.send(Errand::Get {
                    session: session.to_owned(),
                    paused: parameters.clone(),
                });
            }
            "Target.attachedToTarget" => {
                if let Some(frame) = parameters["sessionId"].as_str() {
                    self.couriers.insert(frame.to_owned(), courier.clone());
                    let session = frame.to_owned();
                    let _ = courier.send(Errand::Admit { session });
                }
            }
            "Target.detachedFromTarget" => {
                self.couriers.remove(session);
            }
            _ => {}
        }
    }
}

impl TabState {
    fn note(&mut self, method: &str, parameters: &Value) {
        let is_ours = |frame: &Value| frame.as_str() == Some(self.frame.as_str());
        match method {
            "Page.frameStartedLoading" if is_ours(&parameters["frameId"]) => self.is_loading = true,
            "Page.frameStoppedLoading" if is_ours(&parameters["frameId"]) => {
                self.is_loading = false;
            }
            "Page.frameNavigated" if is_ours(&parameters["frame"]["id"]) => {
                self.pages += 1;
                self.is_ready = false;
                // The browser's own page, which stands for one that did not come, says for which.
                if parameters["frame"]["unreachableUrl"].is_null() {
                    self.trouble = None;
                }
            }
            "Page.domContentEventFired" => self.is_ready = true,
            "Page.javascriptDialogOpening" if self.dialogs.len() < MOST_DIALOGS => {
                let kind = parameters["type"].as_str().unwrap_or_default();
                let text = parameters["message"].as_str().unwrap_or_default();
                self.dialogs.push(format!("{kind}: {text}"));
            }
            "Inspector.targetCrashed" => {
                self.gone.get_or_insert("the page has crashed");
            }
            "Target.detachedFromTarget" => {
                self.gone.get_or_insert("the page was closed");
            }
            _ => {}
        }
    }
}

async fn write(
    mut commands: Box<dyn AsyncWrite + Send + Unpin>,
    mut queue: mpsc::UnboundedReceiver<Vec<u8>>,
) {
    while let Some(command) = queue.recv().await {
        let written = commands.write_all(&command).await;
        if written.is_err() || commands.flush().await.is_err() {
            return;
        }
    }
    // With the queue the pipe is closed, and that ends the browser.
}

async fn read(answers: Box<dyn AsyncRead + Send + Unpin>, shared: std::sync::Weak<Shared>) {
    let mut answers = BufReader::with_capacity(64 * 1024, answers);
    let mut message = Vec::new();
    loop {
        message.clear();
        let read = answers.read_until(0, &mut message).await;
        let Some(shared) = shared.upgrade() else {
            return;
        };
        if !matches!(read, Ok(count) if count > 0) {
            shared.end();
            return;
        }
        message.pop();
        // What is no JSON was cut off by the end, which comes next.
        if let Ok(mut value) = serde_json::from_slice(&message) {
            shared.take(&mut value);
        }
    }
}

/// Starts to speak with a browser that was started.
pub(super) fn speak(
    running: RunningBrowser,
) -> (Connection, Box<dyn super::super::BrowserProcess>) {
    let RunningBrowser {
        name,
        answers,
        commands,
        process,
    } = running;
    (Connection::open(name, answers, commands), process)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt as _;

    /// A browser's end of the pipes.
    struct Other {
        commands: tokio::io::DuplexStream,
        answers: tokio::io::DuplexStream,
    }

    impl Other {
        async fn hears(&mut self) -> Value {
            let mut bytes = Vec::new();
            loop {
                match self.commands.read_u8().await.unwrap() {
                    0 => return serde_json::from_slice(&bytes).unwrap(),
                    byte => bytes.push(byte),
                }
            }
        }

        async fn says(&mut self, message: Value) {
            let mut bytes = message.to_string().into_bytes();
            bytes.push(0);
            self.answers.write_all(&bytes).await.unwrap();
        }
    }

    fn pair() -> (Connection, Other) {
        let (ours, commands) = tokio::io::duplex(1 << 16);
        let (answers, theirs) = tokio::io::duplex(1 << 16);
        let connection = Connection::open("test".into(), Box::new(theirs), Box::new(ours));
        (connection, Other { commands, answers })
    }

    #[tokio::test]
    async fn answers_find_their_questions() {
        let (connection, mut other) = pair();
        let asked = async {
            tokio::join!(
                connection.call(None, "A", json!({})),
                connection.call(Some("s"), "B", json!({ "x": 1 })),
            )
        };
        let answered = async {
            let (first, second) = (other.hears().await, other.hears().await);
            assert_eq!(second["sessionId"], "s");
            let wrong = json!({ "id": second["id"], "error": { "message": "no" } });
            other.says(wrong).await;
            other
                .says(json!({ "id": first["id"], "result": { "y": 2 } }))
                .await;
        };
        let ((first, second), ()) = tokio::join!(asked, answered);
        assert_eq!(first, Ok(json!({ "y": 2 })));
        assert_eq!(second, Err("no".into()));
    }

    #[tokio::test]
    async fn a_dialog_is_answered_and_remembered() {
        let (connection, mut other) = pair();
        let mut tab = connection.watch("s", "f");
        for (kind, accept) in [("alert", false), ("beforeunload", true)] {
            other
                .says(json!({
                    "method": "Page.javascriptDialogOpening", "sessionId": "s",
                    "params": { "type": kind, "message": "Sure?" },
                }))
                .await;
            let answer = other.hears().await;
            assert_eq!(answer["method"], "Page.handleJavaScriptDialog");
            assert_eq!(answer["params"]["accept"], accept);
        }
        let told = tab.wait_for(|tab| tab.dialogs.len() == 2).await.unwrap();
        assert_eq!(told.dialogs[0], "alert: Sure?");
    }

    #[tokio::test]
    async fn trouble_is_that_of_the_page_which_was_asked_for_last() {
        let (connection, mut other) = pair();
        let mut tab = connection.watch("s", "f");
        let first = connection.ask_for_page("s");
        let second = connection.ask_for_page("s");
        connection.note_trouble("s", second, "of the second".into());
        connection.note_trouble("s", first, "of the first".into());
        let trouble = tab.borrow().trouble.clone();
        assert_eq!(trouble.as_deref(), Some("of the second"));
        // The page that the browser shows in its place, and then another that comes.
        let mut navigated = json!({
            "method": "Page.frameNavigated", "sessionId": "s",
            "params": { "frame": { "id": "f", "unreachableUrl": "https://a.test/" } },
        });
        other.says(navigated.clone()).await;
        let told = tab.wait_for(|tab| tab.pages == 1).await.unwrap().clone();
        assert!(told.trouble.is_some());
        navigated["params"]["frame"] = json!({ "id": "f" });
        other.says(navigated).await;
        let told = tab.wait_for(|tab| tab.pages == 2).await.unwrap();
        assert_eq!(told.trouble, None);
    }

    #[tokio::test]
    async fn a_browser_that_ends_leaves_nobody_waiting() {
        let (connection, other) = pair();
        let mut tab = connection.watch("s", "f");
        let (answer, ()) = tokio::join!(connection.call(None, "A", json!({})), async {
            drop(other);
        });
        assert_eq!(answer, Err(ended()));
        tab.wait_for(|tab| tab.gone.is_some()).await.unwrap();
        assert!(connection.has_ended());
        assert_eq!(connection.call(None, "B", json!({})).await, Err(ended()));
    }
}
