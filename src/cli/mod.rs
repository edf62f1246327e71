//! The shell: arguments, files, environment, terminal, exit status. The only wiring, and the only
//! place that touches the world.

mod browser;
mod bug;
mod check;
mod completions;
mod decide;
mod doctor;
mod environment;
mod exit;
mod flow;
mod harness;
mod interrupt;
mod interview;
mod last_run;
mod list;
mod load;
mod man;
mod meanwhile;
mod merge;
mod portion;
mod prepare;
mod project;
mod read;
mod report_file;
mod reports;
mod reports_apart;
mod rerun;
mod review;
mod review_web;
mod run;
mod sandbox;
mod schema;
mod select;
mod shard;
mod snapshots;
mod source;
mod start;
mod suggest;
mod terminal;
mod trigger;
mod used;
mod webhook;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{CommandFactory as _, Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

use decide::Decision;
use environment::World;
use exit::Exit;
pub use harness::{Harness, Report};
use terminal::ColorChoice;

/// Runs API scenarios written in YAML, and reviews what their responses look like.
///
/// A scenario is a list of HTTP requests with what must hold of their answers. It runs against
/// a sandbox of Setu's Account Aggregator gateway that is built in, or against any server.
#[derive(Debug, Parser)]
#[command(
    name = "sammati",
    version,
    about,
    styles = STYLES,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = AFTER_HELP,
    max_term_width = 100
)]
struct Cli {
    #[command(flatten)]
    colors: Colors,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Default, clap::Args)]
struct Colors {
    /// When to write colours: auto (in a terminal, unless NO_COLOR is set), always or never
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t = ColorChoice::Auto,
        hide_possible_values = true,
        hide_default_value = true
    )]
    color: ColorChoice,
}

/// The command line of a run by itself: without the definitions of all other commands it is read much sooner.
#[derive(Debug, Parser)]
#[command(name = "sammati", disable_help_subcommand = true)]
struct RunAlone {
    #[command(flatten)]
    colors: Colors,
    #[command(subcommand)]
    command: RunCommand,
}

#[derive(Debug, Subcommand)]
enum RunCommand {
    Run(run::Arguments),
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Arguments),
    Check(check::Arguments),
    List(list::Arguments),
    Review(review::Arguments),
    /// Accept pending snapshots: what the API answered is what it should
    ///
    /// Takes pending files, snapshots, folders of them, or scenarios; or all with --all.
    #[command(after_help = decide::ACCEPT_EXAMPLES)]
    Accept(decide::Arguments),
    /// Reject pending snapshots: they are deleted, and the accepted ones stay
    ///
    /// Takes pending files, snapshots, folders of them, or scenarios; or all with --all.
    #[command(after_help = decide::REJECT_EXAMPLES)]
    Reject(decide::Arguments),
    Snapshots(snapshots::Arguments),
    Sandbox(sandbox::Arguments),
    Trigger(trigger::Arguments),
    Doctor(doctor::Arguments),
    Init(start::InitArguments),
    New(start::NewArguments),
    #[command(after_help = merge::EXAMPLES)]
    Report(merge::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

const AFTER_HELP: &str = "\
Examples:
  sammati run                  run the scenarios of this project
  sammati check                look for mistakes without sending anything
  sammati list                 see what there is to run
  sammati review               look at responses that are new or changed, and decide
  sammati doctor --target setu see whether a target can be used
  sammati sandbox              serve the gateway that is built in
  sammati report merge shards  one report from several machines
  sammati trigger --list       what your webhook handler can be told

Exit status:
  0  everything that ran passed
  1  a case failed
  2  a command line, scenario or project file is wrong; nothing was sent
  3  the run could not be done
  4  nothing ran
  130 interrupted, 143 terminated";

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Yellow.on_default().bold())
    .usage(AnsiColor::Yellow.on_default().bold())
    .literal(AnsiColor::Green.on_default())
    .placeholder(AnsiColor::Cyan.on_default());

/// Does what the command line says.
pub fn main() -> ExitCode {
    bug::tell_without_values();
    let cli = match read_arguments(given()) {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing can be done about a closed pipe.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::WrongInput.into()
            } else {
                Exit::Passed.into()
            };
        }
    };
    let world = match World::look(cli.colors.color) {
        Ok(world) => world,
        Err(error) => {
            terminal::say_plainly(&format!(
                "error: the working folder cannot be read: {error}"
            ));
            return Exit::CouldNotRun.into();
        }
    };
    let exit = match cli.command {
        Command::Run(arguments) => run::run(&arguments, &world),
        Command::Check(arguments) => check::check(&arguments, &world),
        Command::List(arguments) => list::list(&arguments, &world),
        Command::Review(arguments) => review::review(&arguments, &world),
        Command::Accept(arguments) => decide::decide(&arguments, Decision::Accept, &world),
        Command::Reject(arguments) => decide::decide(&arguments, Decision::Reject, &world),
        Command::Snapshots(arguments) => snapshots::snapshots(&arguments, &world),
        Command::Sandbox(arguments) => sandbox::sandbox(&arguments, &world),
        Command::Trigger(arguments) => trigger::trigger(&arguments, &world),
        Command::Doctor(arguments) => doctor::doctor(&arguments, &world),
        Command::Init(arguments) => start::init(&arguments, &world),
        Command::New(arguments) => start::new(&arguments, &world),
        Command::Report(arguments) => merge::report(&arguments, &world),
        Command::Schema(arguments) => schema::schema(&arguments),
        Command::Completions(arguments) => completions::completions(&arguments, Cli::command()),
        Command::Man(arguments) => man::man(&arguments, Cli::command(), &world),
    };
    exit.into()
}

#[expect(
    clippy::disallowed_methods,
    reason = "clap reads them, by one of two definitions"
)]
fn given() -> Vec<OsString> {
    std::env::args_os().collect()
}

/// Reads a usual `run` without the whole definition, which takes a third of a millisecond to build: one that says the
/// commonest things needs none, and any other only its own. Whatever neither takes, help and mistakes included, is told
/// by the whole definition.
fn read_arguments(arguments: Vec<OsString>) -> Result<Cli, clap::Error> {
    if arguments.get(1).is_some_and(|first| first == "run") {
        if let Some(run) = run::Arguments::of_usual(&arguments[2..]) {
            return Ok(Cli {
                colors: Colors::default(),
                command: Command::Run(run),
            });
        }
        if let Ok(cli) = RunAlone::try_parse_from(&arguments) {
            let RunCommand::Run(run) = cli.command;
            return Ok(Cli {
                colors: cli.colors,
                command: Command::Run(run),
            });
        }
    }
    Cli::try_parse_from(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_hold() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_run_is_read_alike_by_its_own_definition_and_by_the_whole_one() {
        for line in [
            "sammati run",
            "sammati run a.yaml",
            "sammati run scenarios ../b.yaml é run",
            "sammati run a.yaml -",
            "sammati run -- -a.yaml",
            "sammati run --target setu a.yaml --snapshots check b.yaml --quiet",
            "sammati run --snapshots update",
            "sammati run -q --snapshots off",
            "sammati run --snapshots=review --target=setu",
            "sammati run --color never a.yaml",
            "sammati run --var months=5 --snapshots check --jobs 3 scenarios",
            "sammati run -vv --report junit=x.xml --tag !slow",
        ] {
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let alone = read_arguments(arguments.clone()).expect(line);
            let whole = Cli::try_parse_from(arguments).expect(line);
            assert_eq!(format!("{alone:?}"), format!("{whole:?}"));
        }
    }

    #[test]
    fn what_a_run_does_not_take_is_told_by_the_whole_definition() {
        for line in [
            "sammati run a.yaml ",
            "sammati run --snapshots",
            "sammati run --snapshots sometimes",
            "sammati run --snapshots off --snapshots off",
            "sammati run --target",
            "sammati run --target -q",
            "sammati run --target a --target a",
            "sammati run -q -q",
            "sammati run --jobs 0",
            "sammati run --help",
            "sammati run --color",
        ] {
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let told = read_arguments(arguments.clone())
                .expect_err(line)
                .to_string();
            let whole = Cli::try_parse_from(arguments).expect_err(line).to_string();
            assert_eq!(told, whole);
        }
    }

    #[test]
    fn flags_that_contradict_each_other_are_refused() {
        for line in [
            "sammati run -q -v",
            "sammati run --snapshots sometimes",
            "sammati run --jobs 0",
            "sammati run --color often",
            "sammati check --format xml",
            "sammati walk",
            "sammati review --listen 127.0.0.1:0",
            "sammati review --web --listen 0.0.0.0:80",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
        for line in [
            "sammati run",
            "sammati run a b --tag x --tag !y -vv --color never",
            "sammati --color never check a --deny warnings",
            "sammati list a --tag x --case y --format json",
            "sammati review a --web --listen [::1]:0",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}");
        }
    }
}
