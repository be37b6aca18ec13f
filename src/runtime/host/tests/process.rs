//! The process around the program: how it finds itself, is told to stop, becomes another, and breaks.

mod support;

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::{ffi::OsStrExt, process::CommandExt},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use support::{Program, finish, run};

fn shell(script: &str, program: &Program) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", script])
        .arg(&program.path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

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
    let program = Program::new(&format!("print(host.pid)\n{LISTENING}"));
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
fn becoming_a_program_keeps_the_process_and_gives_it_back_as_it_was() {
    let source = "
        repeat((ticket) => host.onSignal(ticket, 15), () => {})
        repeat((ticket) => host.onSignal(ticket, 10), () => {})
        connect(1).catch(() => {})
        print(host.pid)
        host.execve('/bin/sh', ['name', '-c', host.args[0]], ['A=b c', 'PATH=/bin:/usr/bin'])";
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
        for (const path of ['/no/such/file', '/etc/passwd', '/etc', host.args[0]]) {
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
        const [name, value] = host.env().find(([name]) => name === 'ODD')
        host.execve('/usr/bin/printf', ['printf', '%s', host.args[0] + value], [])";
    let program = Program::new(source);
    let odd = std::ffi::OsStr::from_bytes(b"a\xff\xc3(");
    let mut command = program.command();
    command.arg(odd).env("ODD", odd);
    assert_eq!(finish(Program::spawn(&mut command)).stdout, b"a\xff\xc3(a\xff\xc3(");
}

#[test]
fn closed_descriptors_are_not_given_to_sockets() {
    let source = "
        const scratch = host.args[0]
        await code(ask((ticket) => host.connectUnix(ticket, scratch)))
        print('lost')
        thrown(() => host.write(2, sent('lost')))
        host.execve('/bin/sh', ['sh', '-c', 'for n in 0 1 2; do if [ -e /proc/$$/fd/$n ]; then echo open $n; fi; done > ' + scratch], [])";
    let program = Program::new(source);
    let out = program.scratch.path("out");
    let mut command = shell("exec \"$0\" \"$1\" <&- >&- 2>&-", &program);
    let output = finish(command.arg(&out).spawn().unwrap());
    assert!(output.status.success() && output.stdout.is_empty());
    assert_eq!(
        fs::read_to_string(out).unwrap(),
        "open 1\n",
        "closed for the next program, too, but for what it opens itself"
    );
}

#[test]
fn a_reader_that_has_gone_is_an_error_not_a_signal() {
    let program = Program::new("await sleep(50)\nprint('x')\n");
    let mut command = shell("{ \"$0\"; echo $? >&2; } | true", &program);
    let output = finish(command.spawn().unwrap());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.ends_with("1\n") || stderr.ends_with("70\n"), "{stderr}");
    let program = Program::new("await sleep(50)\nhost.write(2, sent(thrown(() => print('x'))))\n");
    let output = finish(shell("\"$0\" | true", &program).spawn().unwrap());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "EPIPE");
}

#[test]
fn bugs_end_in_one_line_and_code_70() {
    let attach =
        "__host.attach({ complete() {}, tick() {}, settle() { SETTLE }, rejection() {}, finished() {} })\n";
    let cases = [
        ("throw new TypeError('broken\\nbadly')".to_owned(), "TypeError: broken badly"),
        ("throw 'words'".to_owned(), "thrown: words"),
        ("await Promise.reject(new Error('late'))".to_owned(), "Error: late"),
        ("await __host.load('none.js')".to_owned(), "none.js"),
        ("0".to_owned(), "the program did not start its event loop"),
        (attach.replace("SETTLE", "throw new RangeError('in the loop')"), "RangeError: in the loop"),
        (attach.replace("SETTLE", "return 9"), "the event loop said 9"),
        (
            attach.replace("SETTLE", "const f = () => f() + 1; f()"),
            "RangeError: Maximum call stack size exceeded",
        ),
    ];
    for (source, expected) in &cases {
        check_bug(&Program::of(&[("main.js", source)]), expected);
    }
}

fn check_bug(program: &Program, expected: &str) {
    let output = finish(Program::spawn(&mut program.command()));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(70), "{stderr}");
    assert!(stderr.starts_with("readywhen: this is a bug in readywhen, please report it: "), "{stderr}");
    assert!(stderr.contains(expected) && stderr.matches('\n').count() == 1, "{stderr}");
}

#[test]
fn no_memory_left_is_said_in_plain_words() {
    let program = Program::new(
        "const all = []; for (;;) all.push('x'.repeat(1000) + all.length, new Uint8Array(1000))",
    );
    let output = finish(shell("ulimit -v 60000; exec \"$0\"", &program).spawn().unwrap());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "readywhen: out of memory\n");
    assert_eq!(output.status.code(), Some(70));
}

#[test]
fn no_descriptor_left_is_said_in_plain_words() {
    let program = Program::new("print(await code(connect(1)))");
    let output = finish(shell("ulimit -n 4; exec \"$0\"", &program).spawn().unwrap());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("the system gives no event queue") && stderr.matches('\n').count() == 1,
        "{stderr}"
    );
    assert_eq!(output.status.code(), Some(70));
}

#[test]
fn little_address_space_is_enough() {
    let program = Program::new("print(await code(connect(1)))");
    let output = finish(shell("ulimit -v 40000; exec \"$0\"", &program).spawn().unwrap());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "ECONNREFUSED\n", "{output:?}");
}

#[test]
fn the_program_is_found_however_it_is_started() {
    let program = Program::new("print(host.execPath, host.arg0)");
    let path = program.path.to_str().unwrap();
    let directory = program.path.parent().unwrap();
    assert_eq!(program.run(&[]), format!("{path} {path}\n"));
    for (script, arg0) in [
        ("cd \"$(dirname \"$0\")\"; exec ./program", "./program"),
        ("cd \"$(dirname \"$0\")\"; PATH=$PWD:$PATH; exec program", "program"),
    ] {
        let output = finish(shell(script, &program).spawn().unwrap());
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{path} {arg0}\n"));
    }
    // in a root directory of its own: nothing there but the program, no /proc either
    let mut command = Command::new("chroot");
    command.arg(directory).arg("/program").stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = finish(command.spawn().unwrap());
    if output.status.code() != Some(125) {
        assert_eq!(String::from_utf8_lossy(&output.stdout), "/program /program\n", "{output:?}");
    }
}

#[test]
fn a_damaged_program_says_so() {
    let program = Program::new("print('x')");
    let mut binary = fs::read(&program.path).unwrap();
    let at = binary.len() - 100;
    binary[at] ^= 1;
    let damaged = program.scratch.write("damaged", &binary);
    fs::set_permissions(&damaged, fs::metadata(&program.path).unwrap().permissions()).unwrap();
    let mut command = Command::new(damaged);
    command.stderr(Stdio::piped());
    let output = finish(Program::spawn(&mut command));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("damaged") && stderr.matches('\n').count() == 1, "{stderr}");
    assert_eq!(output.status.code(), Some(70));
    let bare = finish(Command::new(env!("CARGO_BIN_EXE_host")).stderr(Stdio::piped()).spawn().unwrap());
    assert_eq!(bare.status.code(), Some(70));
}

#[test]
fn chunks_are_loaded_when_asked_for_and_once() {
    let main = include_str!("support/prelude.js").to_owned()
        + "
        const [one, two] = [await host.load('./extra.js'), await host.load('extra.js')]
        print(one.answer, one === two)
        print(await host.load('none.js').catch((error) => error.name + ': ' + error.message))
        print(await host.load('throws.js').catch((error) => error.message))";
    let program = Program::of(&[
        ("main.js", &main),
        ("extra.js", "import { answer } from './shared.js'\nexport { answer }"),
        ("shared.js", "export const answer = 42"),
        ("throws.js", "throw new Error('at its top')"),
    ]);
    let printed = program.run(&[]);
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!((lines[0], lines[2]), ("42 true", "at its top"));
    assert!(lines[1].contains("none.js"), "{printed}");
}

#[test]
fn a_long_derivation_does_not_stop_the_loop() {
    let source = "
        const slow = ask((ticket) => (host.pbkdf2(ticket, 'sha256', sent('p'), sent('s'), 2 ** 31, 32), ticket))
        const quick = ask((ticket) => host.pbkdf2(ticket, 'sha256', sent('password'), sent('salt'), 1, 32))
        print([...new Uint8Array(await quick)].map((byte) => byte.toString(16).padStart(2, '0')).join(''))
        const before = host.now()
        await sleep(30)
        print(host.now() - before < 60)
        host.cancelPbkdf2(slow.handle)
        slow.drop()
        print(thrown(() => host.pbkdf2(99, 'md5', sent(''), sent(''), 1, 1)))
        print(thrown(() => host.pbkdf2(99, 'sha1', sent(''), sent(''), 0, 1)))";
    let expected = "120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b\ntrue\n\
                    ERR_CRYPTO_INVALID_DIGEST\nERR_OUT_OF_RANGE\n";
    assert_eq!(run(source, &[]), expected);
}

#[test]
fn what_is_small_works_from_javascript() {
    let source = "
        print(host.urlParse('http://a:80/b?c#d').join(' '), host.urlParse('b') === undefined)
        print(host.urlSet('http://a/', 'port', '81')[0])
        print(new Uint8Array(host.hash('md5', sent('abc')))[0], host.hmac('sha256', sent('k'), sent('d')).byteLength)
        print(thrown(() => host.hash('none', sent(''))), thrown(() => host.hmac('md5', sent(''), sent(''))))
        print(host.randomBytes(16).byteLength, text(host.randomBytes(99)) === text(host.randomBytes(99)))
        const path = host.args[0]
        host.writeFile(path, sent('content'), 'w')
        const { kind, size, mode, mtime } = host.stat(path)
        print(kind, size, (mode & 0o777).toString(8), Math.abs(Date.now() - mtime) < 60_000)
        host.copyFile(path, path + '2', 0o755)
        host.rename(path + '2', path + '3')
        print(text(host.readFile(path + '3')), host.realpath(path + '3') === path + '3')
        host.unlink(path + '3')
        print(thrown(() => host.stat(path + '3')), thrown(() => host.readFile(path, 3)), host.stat('/').kind)
        print(host.isTTY(1), host.columns(1), host.isTTY(99), host.maxRss() > 100, host.uid() >= 0, host.cwd())";
    let scratch = support::certificates::Scratch::new();
    let path = scratch.path("file");
    let expected = "http://a/b?c#d http:   a a  /b ?c #d http://a true
http://a:81/
144 32
ERR_CRYPTO_INVALID_DIGEST ERR_CRYPTO_INVALID_DIGEST
16 false
file 7 644 true
content true
ENOENT EFBIG directory
false 0 false true true CWD
";
    let cwd = std::env::current_dir().unwrap();
    assert_eq!(run(source, &[path.to_str().unwrap()]), expected.replace("CWD", cwd.to_str().unwrap()));
}
