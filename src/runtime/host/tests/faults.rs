//! What happens when something is missing or broken: descriptors, memory, the program itself.

mod support;

use std::{
    fs,
    process::{Command, Stdio},
};
use support::{Program, finish, shell};

#[test]
fn closed_descriptors_are_not_given_to_sockets() {
    let source = "
        const scratch = args[0]
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
    let attach = "__host.attach({ begin() {}, complete() {}, tick() {}, settle() { SETTLE }, rejection() {}, finished() {} })\n";
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
    // which of them is the first that cannot be opened depends on what was inherited
    let said = ["no event queue", "Too many open files"].iter().any(|words| stderr.contains(words));
    assert!(said && stderr.matches('\n').count() == 1, "{stderr}");
    assert_eq!(output.status.code(), Some(70));
}

#[test]
fn little_address_space_is_enough() {
    let program = Program::new("print(await code(connect(1)))");
    let output = finish(shell("ulimit -v 40000; exec \"$0\"", &program).spawn().unwrap());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "ECONNREFUSED\n", "{output:?}");
}

#[test]
fn a_small_stack_is_an_error_of_the_program_not_of_the_process() {
    let program = Program::new("const f = (n) => f(n + 1) + 1\nprint(thrown(() => f(0)))");
    for size in ["unlimited", "8192", "512", "256"] {
        let output = finish(shell(&format!("ulimit -s {size}; exec \"$0\""), &program).spawn().unwrap());
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "Maximum call stack size exceeded\n",
            "{size} {output:?}"
        );
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
    let bare = finish(Command::new(support::host()).stderr(Stdio::piped()).spawn().unwrap());
    assert_eq!(bare.status.code(), Some(70));
}
