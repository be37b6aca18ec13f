//! Runs small programs on the built binary, as they will run on the shipped one.

#![allow(dead_code)] // each test file uses its part

#[path = "../../src/testing.rs"]
#[allow(dead_code)]
pub mod certificates;

pub mod tls_server;

use certificates::Scratch;
use std::{
    fs,
    io::{ErrorKind, Read},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

const PRELUDE: &str = include_str!("prelude.js");

/// The host under test: the one that cargo built for the tests, or that of a release, named by `HOST_BINARY`.
pub fn host() -> PathBuf {
    std::env::var_os("HOST_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_host").into()).into()
}

/// A binary with a program in it.
pub struct Program {
    pub scratch: Scratch,
    pub path: PathBuf,
}

impl Program {
    /// Packs this source behind the host, with the prelude in front.
    pub fn new(source: &str) -> Program {
        Program::of(&[("main.js", &format!("{PRELUDE}\n{source}"))])
    }

    /// Packs these chunks as they are.
    pub fn of(chunks: &[(&str, &str)]) -> Program {
        let scratch = Scratch::new();
        let mut pack = Command::new(env!("CARGO_BIN_EXE_pack"));
        pack.arg(scratch.path("payload")).arg("--lines");
        for (name, source) in chunks {
            pack.arg(scratch.write(name, source.as_bytes()));
        }
        assert!(pack.status().unwrap().success());
        let mut binary = fs::read(host()).unwrap();
        binary.extend(fs::read(scratch.path("payload")).unwrap());
        let path = scratch.write("program", &binary);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Program { scratch, path }
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts a command that runs this program.
    pub fn spawn(command: &mut Command) -> Child {
        loop {
            match command.spawn() {
                // another test's child, just forked, still holds the file that was written
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => thread::yield_now(),
                other => return other.unwrap(),
            }
        }
    }

    /// Runs it to its end, which must come within ten seconds, and gives what it printed.
    pub fn run(&self, args: &[&str]) -> String {
        let output = finish(Program::spawn(self.command().args(args)));
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Runs a program and gives what it printed.
pub fn run(source: &str, args: &[&str]) -> String {
    Program::new(source).run(args)
}

/// Waits for the end of a process, and ends it when that does not come.
pub fn finish(mut child: Child) -> Output {
    let reader = |stream: Option<Box<dyn Read + Send>>| {
        thread::spawn(move || {
            let mut all = Vec::new();
            if let Some(mut stream) = stream {
                let _ = stream.read_to_end(&mut all);
            }
            all
        })
    };
    let stdout = reader(child.stdout.take().map(|stream| Box::new(stream) as _));
    let stderr = reader(child.stderr.take().map(|stream| Box::new(stream) as _));
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > Duration::from_secs(10) {
            let _ = child.kill();
            let _ = child.wait();
            panic!("it hangs; printed so far: {}", String::from_utf8_lossy(&stdout.join().unwrap()));
        }
        thread::sleep(Duration::from_millis(1));
    };
    Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

/// A shell command that knows the program as `$0`.
pub fn shell(script: &str, program: &Program) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", script])
        .arg(&program.path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}
