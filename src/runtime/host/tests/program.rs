//! The program in the binary: where it is found, its chunks, the primitives that need no peer.

mod support;

use std::process::{Command, Stdio};
use support::{Program, finish, run, shell};

#[test]
fn the_program_is_found_however_it_is_started() {
    let program = Program::new("print(host.execPath(), arg0)");
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
        const path = args[0]
        host.writeFile(path, sent('content'), 'w')
        const { kind, size, mode, mtime } = host.stat(path)
        print(kind, size, (mode & 0o777).toString(8), Math.abs(Date.now() - mtime) < 60_000)
        host.copyFile(path, path + '2', 0o755)
        host.rename(path + '2', path + '3')
        print(text(host.readFile(path + '3')), host.realpath(path + '3') === path + '3')
        host.unlink(path + '3')
        print(thrown(() => host.stat(path + '3')), thrown(() => host.readFile(path, 3)), host.stat('/').kind)
        print(host.isTTY(1), host.windowSize(1), host.isTTY(99), host.maxRss() > 100, host.uid() >= 0, host.cwd())";
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
false [0,0] false true true CWD
";
    let cwd = std::env::current_dir().unwrap();
    assert_eq!(run(source, &[path.to_str().unwrap()]), expected.replace("CWD", cwd.to_str().unwrap()));
}
