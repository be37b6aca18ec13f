//! The process around the program: how it is told to stop, and becomes another.

mod support;

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::{ffi::OsStrExt, process::CommandExt},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use support::{Program, finish};

/// Starts it and waits for its first line.
fn start(mut command: Command) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Program::spawn(&mut command);
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    lines.read_line(&mut String::new()).unwrap();
    (child, lines)
}

const LISTENING: &str = "
    for (const [signal, code] of [[15, 143], [2, 130], [1, 129]]) {
      repeat((ticket) => host.onSignal(ticket, signal), () => host.exit(code))
    }
    wanted++
    print('ready')";

#[test]
fn signals_arrive_within_milliseconds() {
    let program = Program::new(LISTENING);
    for (signal, expected) in [(libc::SIGTERM, 143), (libc::SIGINT, 130), (libc::SIGHUP, 129)] {
        let (mut child, _lines) = start(program.command());
        let sent = Instant::now();
        // SAFETY: a signal to our own child
        unsafe { libc::kill(child.id() as i32, signal) };
        assert_eq!(child.wait().unwrap().code(), Some(expected));
        assert!(sent.elapsed() < Duration::from_millis(100), "{:?}", sent.elapsed());
    }
}

#[test]
fn signals_arrive_as_pid_1_too() {
    let program = Program::new(&format!("print(host.pid())\n{LISTENING}"));
    let mut command = Command::new("unshare");
    command
        .args(["--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", "exec \"$0\""])
        .arg(&program.path);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    if lines.next().as_deref() != Some("1") {
        return finish_without(child); // no namespaces here
    }
    lines.next();
    let children = format!("/proc/{0}/task/{0}/children", child.id());
    let pid: i32 = fs::read_to_string(children).unwrap().trim().parse().unwrap();
    // SAFETY: a signal to the child of our own child
    unsafe { libc::kill(pid, libc::SIGTERM) };
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

fn finish_without(child: Child) {
    let output = finish(child);
    eprintln!("not tested: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_signal_nobody_listens_to_has_its_usual_effect() {
    let program = Program::new("wanted++\nprint('ready')");
    let (mut child, _lines) = start(program.command());
    // SAFETY: a signal to our own child
    unsafe { libc::kill(child.id() as i32, libc::SIGTERM) };
    let status = child.wait().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(libc::SIGTERM));
}

#[test]
fn a_program_that_never_comes_to_its_end_can_still_be_ended() {
    for source in ["for (;;) {}", "/^(a+)+$/.test('a'.repeat(60) + 'b')"] {
        let (mut child, _lines) = start(Program::new(&format!("{LISTENING};{source}")).command());
        // SAFETY: a signal to our own child
        unsafe { libc::kill(child.id() as i32, libc::SIGTERM) };
        assert_eq!(child.wait().unwrap().code(), Some(143), "{source}");
    }
}

#[test]
fn becoming_a_program_keeps_the_process_and_gives_it_back_as_it_was() {
    let source = "
        repeat((ticket) => host.onSignal(ticket, 15), () => {})
        repeat((ticket) => host.onSignal(ticket, 10), () => {})
        connect(1).catch(() => {})
        print(host.pid())
        host.execve('/bin/sh', ['name', '-c', args[0]], ['A=b c', 'PATH=/bin:/usr/bin'])";
    let script = "echo $$ $0 $A; grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status; ls /proc/self/fd | wc -l";
    let program = Program::new(source);
    let mut plain = Command::new("/bin/sh");
    plain.args(["-c", script]).stdin(Stdio::null());
    let mut command = program.command();
    command.arg(script);
    for command in [&mut plain, &mut command] {
        // as a shell would start them: SIGPIPE not ignored, as Rust's Command leaves it anyway
        // SAFETY: `signal` may be called between fork and exec
        unsafe { command.pre_exec(|| Ok(_ = libc::signal(libc::SIGPIPE, libc::SIG_DFL))) };
    }
    let expected = String::from_utf8(plain.output().unwrap().stdout).unwrap();
    let got = String::from_utf8(finish(Program::spawn(&mut command)).stdout).unwrap();
    let (pid, got) = got.split_once('\n').unwrap();
    assert_eq!(got.split_once('\n').unwrap().0, format!("{pid} name b c"));
    assert_eq!(got.split_once('\n').unwrap().1, expected.split_once('\n').unwrap().1);
}

#[test]
fn what_cannot_be_become_leaves_the_program_running() {
    let source = "
        repeat((ticket) => host.onSignal(ticket, 15), () => { print('still listening'); wanted-- })
        for (const path of ['/no/such/file', '/etc/passwd', '/etc', args[0]]) {
          print(thrown(() => host.execve(path, [path], [])))
        }
        wanted++
        print('ready')";
    let program = Program::new(source);
    let text = program.scratch.write("text", b"no program");
    fs::set_permissions(&text, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut command = program.command();
    command.arg(&text);
    let mut child = Program::spawn(&mut command);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let errors: Vec<_> = lines.by_ref().take_while(|line| line != "ready").collect();
    assert_eq!(errors, ["ENOENT", "EACCES", "EACCES", "ENOEXEC"]);
    // SAFETY: a signal to our own child
    unsafe { libc::kill(child.id() as i32, libc::SIGTERM) };
    assert_eq!(lines.next().as_deref(), Some("still listening"));
    child.wait().unwrap();
}

#[test]
fn arguments_and_variables_that_are_no_text_reach_the_command() {
    let source = "
        const [name, value] = Object.entries(host.env()).find(([name]) => name === 'ODD')
        host.execve('/usr/bin/printf', ['printf', '%s', args[0] + value], [])";
    let program = Program::new(source);
    let odd = std::ffi::OsStr::from_bytes(b"a\xff\xc3(");
    let mut command = program.command();
    command.arg(odd).env("ODD", odd);
    assert_eq!(finish(Program::spawn(&mut command)).stdout, b"a\xff\xc3(a\xff\xc3(");
}
