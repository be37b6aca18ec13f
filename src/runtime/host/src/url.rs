//! URLs by the WHATWG standard, as the `URL` class wants them.

use crate::bind::pure;
use rquickjs::{Ctx, Object, function::Opt};
use url::{Url, quirks};

/// Installs the primitives of this group.
pub fn install<'js>(ctx: &Ctx<'js>, object: &Object<'js>) -> rquickjs::Result<()> {
    pure!(ctx, object, "urlParse", |text: String, base: Opt<String>| -> Option<Vec<String>> {
        parse(&text, base.0.as_deref()).map(|url| parts(&url))
    });
    pure!(ctx, object, "urlSet", |href: String, part: String, value: String| -> Option<Vec<String>> {
        let mut url = parse(&href, None)?;
        set(&mut url, &part, &value);
        Some(parts(&url))
    });
    Ok(())
}

fn parse(text: &str, base: Option<&str>) -> Option<Url> {
    let base = match base {
        Some(base) => Some(Url::parse(base).ok()?),
        None => None,
    };
    Url::options().base_url(base.as_ref()).parse(text).ok()
}

/// The parts in the order of the contract's `UrlParts`.
fn parts(url: &Url) -> Vec<String> {
    let texts = [
        quirks::href(url),
        quirks::protocol(url),
        quirks::username(url),
        quirks::password(url),
        quirks::host(url),
        quirks::hostname(url),
        quirks::port(url),
        quirks::pathname(url),
        quirks::search(url),
        quirks::hash(url),
    ];
    texts.map(str::to_owned).into_iter().chain([quirks::origin(url)]).collect()
}

/// Sets a part; a value that is not valid for it changes nothing, as the standard has it.
fn set(url: &mut Url, part: &str, value: &str) {
    let _ = match part {
        "protocol" => quirks::set_protocol(url, value),
        "username" => quirks::set_username(url, value),
        "password" => quirks::set_password(url, value),
        "host" => quirks::set_host(url, value),
        "hostname" => quirks::set_hostname(url, value),
        "port" => quirks::set_port(url, value),
        "pathname" => {
            quirks::set_pathname(url, value);
            Ok(())
        }
        "search" => {
            quirks::set_search(url, value);
            Ok(())
        }
        "hash" => {
            quirks::set_hash(url, value);
            Ok(())
        }
        _ => Ok(()),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_its_parts() {
        let url = parse("HTTPS://us%65r:p%40ss@Example.COM:443/a/../b?q=1#f", None).unwrap();
        let expected = [
            "https://us%65r:p%40ss@example.com/b?q=1#f",
            "https:",
            "us%65r",
            "p%40ss",
            "example.com",
            "example.com",
            "",
            "/b",
            "?q=1",
            "#f",
            "https://example.com",
        ];
        assert_eq!(parts(&url), expected);
    }

    #[test]
    fn what_is_no_url_is_none() {
        for text in ["", "no url", "http://", "http://[::1", "http://a:99999", "/path"] {
            assert!(parse(text, None).is_none(), "{text}");
        }
        assert_eq!(parse("../c", Some("http://a/b/d")).unwrap().as_str(), "http://a/c");
        assert!(parse("c", Some("no url")).is_none());
    }

    #[test]
    fn a_part_is_set_when_the_value_is_valid() {
        let mut url = parse("http://a/b", None).unwrap();
        for (part, value) in
            [("port", "8080"), ("hostname", "c"), ("search", "x y"), ("port", "text"), ("none", "x")]
        {
            set(&mut url, part, value);
        }
        assert_eq!(url.as_str(), "http://c:8080/b?x%20y");
    }
}
