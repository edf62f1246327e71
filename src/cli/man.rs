//! `sammati man`: manual pages, made from the definitions of all commands.

use clap::{Args, Command};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::environment::World;
use super::exit::Exit;

/// Write the manual pages of all commands into a folder
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The folder, which is made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  sammati man ~/.local/share/man/man1
  sammati man man && man ./man/sammati-run.1";

/// Writes a page for the program and one for each command.
pub(super) fn man(arguments: &Arguments, command: Command, world: &World) -> Exit {
    let folder = world.folder.join(&arguments.folder);
    match write(&folder, command) {
        Ok(()) => Exit::Passed,
        Err(error) => {
            let folder = arguments.folder.display();
            world.error(&format!(
                "the pages cannot be written to `{folder}`: {error}"
            ));
            Exit::CouldNotRun
        }
    }
}

fn write(folder: &Path, command: Command) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(command, folder)
}
