//! The command line: each command to one function, its outcome to an exit code (0 done, 1 refused or wrong, 2 usage).

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use yizhan::command;

#[derive(Parser)]
#[command(name = "yizhan", version, about = "驿站: a town's web, WAP and SMS sites from one box with a SIM card")]
struct Line {
    /// The config file.
    #[arg(long, global = true, value_name = "FILE", default_value = "/etc/yizhan/yizhan.toml")]
    config: PathBuf,
    /// The running box's local socket; from the config if not named.
    #[arg(long, global = true, value_name = "PATH")]
    socket: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The whole box with sample companies; without --modem on a simulated modem.
    Demo {
        /// Where to listen; port 0 picks one. Default 127.0.0.1:8080.
        #[arg(long, value_name = "ADDR:PORT")]
        listen: Option<SocketAddr>,
        /// Kept and used again at the next start; default: a new temporary directory.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// A real modem's port; may be given several times.
        #[arg(long, value_name = "PATH[,BAUD]")]
        modem: Vec<String>,
        /// The WAP gateway's two UDP ports.
        #[arg(long, value_name = "A,B", value_parser = ports)]
        wap_ports: Option<(u16, u16)>,
    },
    /// The box.
    Serve,
    /// Reads the config and says all that is wrong with it; touches nothing.
    Check,
    /// Looks at the machine and the box: what is wrong, and what to do. Changes nothing.
    Doctor {
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// Brings in a site: a folder with site.toml and pictures, or a tar of it.
    Import { path: PathBuf },
    /// Writes a site as a folder, or as a tar if PATH ends in .tar.
    Export { slug: String, path: PathBuf },
    /// Writes everything the box keeps into one file; works while it runs.
    Backup { file: PathBuf },
    /// Makes the box's folder what a backup holds; what was there is put aside. The box must not run.
    Restore { file: PathBuf },
    /// Opens, suspends, resumes, closes or lists companies.
    #[command(subcommand)]
    Enterprise(Enterprise),
    /// Looks at what waits to be sent, holds it back, lets it go, empties it.
    #[command(subcommand)]
    Queue(Queue),
    /// Looks at the modems, and at what is said to one.
    #[command(subcommand)]
    Modem(Modem),
}

#[derive(Subcommand)]
enum Modem {
    /// How each is, and what to do about it.
    List,
    /// What was said to a modem (<) and what it said (>).
    Log {
        name: String,
        /// Keeps a log from now on for so long, a day at most; 0 ends it.
        #[arg(long, value_parser = clap::value_parser!(u64).range(0..=1440))]
        minutes: Option<u64>,
        /// With telephone numbers and messages whole, not masked.
        #[arg(long, requires = "minutes")]
        detail: bool,
    },
}

#[derive(Subcommand)]
enum Queue {
    /// What waits, oldest first, and why.
    List {
        #[arg(long, default_value = "")]
        class: String,
        #[arg(long, default_value = "")]
        site: String,
    },
    /// Holds back a class, a company's messages, or everything, until released.
    Hold {
        #[arg(long, default_value = "")]
        class: String,
        #[arg(long, default_value = "")]
        site: String,
    },
    /// Lets it go; without a choice everything, and stopped SIMs are tried at once.
    Release {
        #[arg(long, default_value = "")]
        class: String,
        #[arg(long, default_value = "")]
        site: String,
    },
    /// Cancels what waits. Without a choice it wants --all.
    Purge {
        #[arg(long, default_value = "")]
        class: String,
        #[arg(long, default_value = "")]
        site: String,
        /// Only what waits for so long at least.
        #[arg(long, value_name = "MINUTES")]
        older_than: Option<u64>,
        #[arg(long)]
        all: bool,
    },
    /// Takes one message back.
    Cancel { id: u64 },
}

#[derive(Subcommand)]
enum Enterprise {
    /// Opens a site.
    Open {
        #[arg(long)]
        name: String,
        #[arg(long, default_value = "")]
        short_name: String,
        #[arg(long)]
        slug: String,
        #[arg(long)]
        industry: String,
        #[arg(long, default_value = "")]
        contact_phone: String,
        #[arg(long, default_value = "standard")]
        plan: String,
        /// The code to text; chosen by the box if not named.
        #[arg(long, default_value = "")]
        code: String,
        /// The order's number; the same order again opens nothing new.
        #[arg(long, default_value = "")]
        order: String,
    },
    Suspend {
        slug: String,
    },
    Resume {
        slug: String,
    },
    Close {
        slug: String,
    },
    List,
}

fn main() -> ExitCode {
    let line = Line::parse();
    let (config, socket) = (line.config, line.socket);
    let done = match line.command {
        Command::Demo { listen, data, modem, wap_ports } => {
            command::demo(yizhan::demo::Wish { listen, data, modems: modem, wap_ports })
        }
        Command::Serve => command::serve(&config, socket),
        Command::Check => command::check(&config),
        Command::Doctor { json } => command::doctor(&config, socket, json),
        Command::Import { path } => command::import(&config, socket, &path),
        Command::Export { slug, path } => command::export(&config, socket, &slug, &path),
        Command::Backup { file } => command::backup(&config, socket, &file),
        Command::Restore { file } => command::restore(&config, &file),
        Command::Enterprise(verb) => enterprise(&config, socket, verb),
        Command::Queue(verb) => queue(&config, socket, verb),
        Command::Modem(Modem::List) => command::modem::list(&config, socket),
        Command::Modem(Modem::Log { name, minutes, detail }) => {
            command::modem::log(&config, socket, &name, minutes, detail)
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            if !why.is_empty() {
                yizhan::app::journald::complain(&why);
            }
            ExitCode::from(1)
        }
    }
}

fn enterprise(config: &std::path::Path, socket: Option<PathBuf>, verb: Enterprise) -> Result<(), String> {
    match verb {
        Enterprise::Open { name, short_name, slug, industry, contact_phone, plan, code, order } => {
            let fields = [
                ("name", name),
                ("short_name", short_name),
                ("slug", slug),
                ("industry", industry),
                ("contact_phone", contact_phone),
                ("plan", plan),
                ("code", code),
                ("order", order),
            ];
            command::open_enterprise(config, socket, &fields)
        }
        Enterprise::Suspend { slug } => command::change_enterprise(config, socket, &slug, "suspend"),
        Enterprise::Resume { slug } => command::change_enterprise(config, socket, &slug, "resume"),
        Enterprise::Close { slug } => command::change_enterprise(config, socket, &slug, "close"),
        Enterprise::List => command::list_enterprises(config, socket),
    }
}

fn queue(config: &std::path::Path, socket: Option<PathBuf>, verb: Queue) -> Result<(), String> {
    match verb {
        Queue::List { class, site } => command::queue::list(config, socket, &class, &site),
        Queue::Hold { class, site } => command::queue::hold(config, socket, "hold", &class, &site),
        Queue::Release { class, site } => command::queue::hold(config, socket, "release", &class, &site),
        Queue::Purge { class, site, older_than, all } => {
            command::queue::purge(config, socket, &class, &site, older_than, all)
        }
        Queue::Cancel { id } => command::queue::cancel(config, socket, id),
    }
}

fn ports(text: &str) -> Result<(u16, u16), String> {
    let (a, b) = text.split_once(',').ok_or("two ports with a comma between, such as 9200,9201")?;
    let port = |p: &str| p.trim().parse::<u16>().map_err(|e| format!("{p:?}: {e}"));
    Ok((port(a)?, port(b)?))
}
