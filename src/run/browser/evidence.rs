//! What a page looked like: a picture and its text, in files. No secret is in either.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

use super::super::guard::find_in_encoded;
use super::super::record::hide_url;
use super::tab::{PageSight, Tab};
use crate::model::outcome::PageSeen;
use crate::model::secret::Secrets;

/// How often a picture is tried of a page that changes while it is taken.
const TRIES: usize = 3;

/// Where the pictures of one case are kept.
pub(super) struct Album {
    folder: PathBuf,
    /// What the files' names begin with: the step's label.
    step: String,
}

/// A piece of a page that a picture would show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Piece {
    text: String,
    /// The number of the first piece behind it that is not in it.
    end: usize,
    /// Whether it is never shown.
    secret: bool,
}

impl Album {
    /// For a step of a case: `scenario` and `case` name folders.
    pub(super) fn new(root: &Path, scenario: &str, case: Option<&str>, step: &str) -> Album {
        let mut folder = root.to_owned();
        folder.extend(scenario.split('/').map(file_name));
        folder.extend(case.map(file_name));
        Album {
            folder,
            step: file_name(step),
        }
    }

    /// Keeps the page as it is now.
    pub(super) async fn keep(
        &self,
        tab: &Tab,
        secrets: &Secrets,
        name: &str,
    ) -> Result<PageSeen, String> {
        let page: PageSight = tab.ask(&json!({ "do": "page" })).await?;
        let name = match name {
            "" => self.step.clone(),
            name => format!("{}-{}", self.step, file_name(&secrets.hide(name))),
        };
        let mut seen = PageSeen {
            name: name.clone(),
            url: hide_url(&page.url, secrets),
            title: secrets.hide(&page.title),
            picture: None,
            text: None,
        };
        let text = format!(
            "{}\n{}\n\n{}\n",
            seen.title,
            seen.url,
            secrets.hide(&page.text)
        );
        seen.text = Some(self.write(&format!("{name}.txt"), text.as_bytes())?);
        let picture = picture(tab, secrets).await?;
        seen.picture = Some(self.write(&format!("{name}.png"), &picture)?);
        Ok(seen)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, String> {
        let path = self.folder.join(name);
        let written = fs::create_dir_all(&self.folder).and_then(|()| fs::write(&path, bytes));
        match written {
            Ok(()) => Ok(path),
            Err(error) => Err(format!("`{}` cannot be written: {error}", path.display())),
        }
    }
}

/// A text as a part of a path that every system takes.
fn file_name(text: &str) -> String {
    let name: String = text
        .chars()
        .take(80)
        .map(|character| match character {
            character if character.is_alphanumeric() || "._-".contains(character) => character,
            _ => '_',
        })
        .collect();
    match name.trim_matches('.') {
        "" => "_".to_owned(),
        name => name.to_owned(),
    }
}

/// A picture of the page in which whatever holds a secret cannot be seen.
async fn picture(tab: &Tab, secrets: &Secrets) -> Result<Vec<u8>, String> {
    let mut why = String::new();
    for _ in 0..TRIES {
        match one_picture(tab, secrets).await {
            Ok(Some(encoded)) => {
                return STANDARD
                    .decode(encoded)
                    .map_err(|error| format!("the picture cannot be read: {error}"));
            }
            Ok(None) => why = "the page changes all the time".into(),
            Err(error) => why = error,
        }
    }
    Err(format!("there is no picture of the page: {why}"))
}

/// None if the page has changed while the picture was taken, so that it may show what was not hidden.
async fn one_picture(tab: &Tab, secrets: &Secrets) -> Result<Option<String>, String> {
    // All in one world: it goes with the page, so that another page is not taken for this one.
    let world = tab.world().await?;
    let look = json!({ "do": "texts", "frames": !secrets.is_empty() });
    let which = to_hide(&tab.ask_in::<Vec<Piece>>(world, &look).await?, secrets);
    let hide = json!({ "do": "hide", "which": which });
    let _count: usize = tab.ask_in(world, &hide).await?;
    let taken = tab.picture().await;
    let after = tab.ask_in::<Vec<Piece>>(world, &look).await;
    let _count: usize = tab.ask_in(world, &json!({ "do": "show" })).await?;
    let is_same = to_hide(&after?, secrets) == which;
    Ok(is_same.then_some(taken?))
}

/// The numbers of the smallest pieces that hold a secret each.
fn to_hide(pieces: &[Piece], secrets: &Secrets) -> Vec<usize> {
    let holds: Vec<bool> = pieces
        .iter()
        .map(|piece| piece.secret || find_in_encoded(secrets, &piece.text).is_some())
        .collect();
    (0..pieces.len())
        .filter(|&index| {
            let inside = index + 1..pieces[index].end.clamp(index + 1, pieces.len());
            holds[index] && !holds[inside].contains(&true)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(text: &str, end: usize) -> Piece {
        Piece {
            text: text.into(),
            end,
            secret: false,
        }
    }

    #[test]
    fn the_smallest_piece_is_hidden() {
        let mut secrets = Secrets::default();
        secrets.add("token", "tok-123456");
        let pieces = [
            piece("Your token is tok-123456. Keep it.", 3),
            piece("tok-123456", 2),
            piece("Keep it.", 3),
            // It stands in two pieces, neither of which has it.
            piece("tok-123456", 6),
            piece("tok-", 5),
            piece("123456", 6),
            piece("tok%2D123456", 7),
        ];
        assert_eq!(to_hide(&pieces, &secrets), [1, 3, 6]);
        assert_eq!(to_hide(&pieces, &Secrets::default()), [0_usize; 0]);
    }

    #[test]
    fn a_password_is_always_hidden() {
        let pieces = [Piece {
            secret: true,
            ..piece("", 1)
        }];
        assert_eq!(to_hide(&pieces, &Secrets::default()), [0]);
    }

    #[test]
    fn names_of_files_stay_in_their_folder() {
        for (text, name) in [
            ("answer", "answer"),
            ("GET /v2/x", "GET__v2_x"),
            ("..", "_"),
            ("../../etc", "_.._etc"),
            ("", "_"),
        ] {
            assert_eq!(file_name(text), name);
        }
    }
}
