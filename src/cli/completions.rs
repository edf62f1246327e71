//! `sammati completions`: what a shell must know to complete the command line.

use clap::{Args, Command};
use clap_complete::Shell;
use std::io::Write as _;

use super::exit::Exit;
use super::terminal;

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Which shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  sammati completions bash > ~/.local/share/bash-completion/completions/sammati
  sammati completions zsh > ~/.zfunc/_sammati
  sammati completions fish > ~/.config/fish/completions/sammati.fish";

/// Prints them, made from the definitions of all commands.
pub(super) fn completions(arguments: &Arguments, mut command: Command) -> Exit {
    let mut script = Vec::new();
    let name = command.get_name().to_owned();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    match terminal::stdout().write_all(&script) {
        Ok(()) => Exit::Passed,
        Err(_) => Exit::CouldNotRun,
    }
}
