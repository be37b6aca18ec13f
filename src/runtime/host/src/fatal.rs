//! The ends that are nobody's wish: one line on stderr, and exit code 70 (EX_SOFTWARE of sysexits.h).

use crate::{stdio, training};
use rquickjs::{CaughtError, Value};
use std::panic::PanicHookInfo;

pub const BUG: i32 = 70;

/// Ends the process without running anything else of it.
pub fn exit(code: i32) -> ! {
    training::end();
    // SAFETY: _exit takes any number and does not return
    unsafe { libc::_exit(code) }
}

/// Says why, in one line, and ends the process. Allocates nothing: there may be no memory.
pub fn die(why: &str) -> ! {
    say(&[why]);
    exit(BUG)
}

/// Writes a line to stderr. Allocates nothing.
pub fn say(parts: &[&str]) {
    for part in ["readywhen: "].iter().chain(parts).chain(&["\n"]) {
        let _ = stdio::write_all(2, part.as_bytes());
    }
}

/// Says that this is a bug, and ends the process.
pub fn bug(what: &str) -> ! {
    let line = what.replace(['\n', '\r'], " ");
    die(&format!("this is a bug in readywhen, please report it: {line}"))
}

/// Ends the process over an error that JavaScript should have dealt with itself.
pub fn uncaught(error: &CaughtError<'_>) -> ! {
    match error {
        CaughtError::Exception(exception) => {
            let name: String = exception.get("name").unwrap_or_default();
            bug(&format!("{name}: {}", exception.message().unwrap_or_default()))
        }
        CaughtError::Value(value) => bug(&format!("thrown: {}", shown(value))),
        CaughtError::Error(error) => bug(&error.to_string()),
    }
}

fn shown(value: &Value<'_>) -> String {
    match value.as_string().map(|text| text.to_string()) {
        Some(Ok(text)) => text,
        _ => value.type_name().to_owned(),
    }
}

/// For `panic::set_hook`.
pub fn on_panic(info: &PanicHookInfo<'_>) {
    let place =
        info.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
    bug(&format!("panic{place}: {}", info.payload_as_str().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    #[test]
    #[ignore = "ends the process: the test below runs it in one of its own"]
    fn panics() {
        std::panic::set_hook(Box::new(super::on_panic));
        panic!("first line\nsecond line");
    }

    #[test]
    fn a_panic_is_70_and_one_line_that_says_it_is_a_bug() {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let args = ["--ignored", "--exact", "fatal::tests::panics"];
        let output = command.args(args).env("RUST_TEST_NOCAPTURE", "1").output().unwrap();
        assert_eq!(output.status.code(), Some(70));
        let stderr = String::from_utf8(output.stderr).unwrap();
        let line = stderr
            .strip_prefix("readywhen: this is a bug in readywhen, please report it: panic at src/fatal.rs:");
        assert!(line.is_some_and(|rest| rest.ends_with(": first line second line\n")), "{stderr}");
        assert_eq!(stderr.matches('\n').count(), 1, "{stderr}");
    }
}
