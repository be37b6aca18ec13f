//! Addresses as JavaScript writes them. Names are not resolved here.

use crate::error::{HostError, HostResult};
use std::net::{IpAddr, SocketAddr, SocketAddrV6};

/// Reads an address literal; of IPv6 with an interface behind `%` too (RFC 4007, 11).
pub fn socket_address(address: &str, port: u16) -> HostResult<SocketAddr> {
    let invalid = || HostError::from_errno(libc::EINVAL);
    let Some((address, zone)) = address.split_once('%') else {
        return Ok(SocketAddr::new(address.parse::<IpAddr>().map_err(|_| invalid())?, port));
    };
    let scope = match zone.parse() {
        Ok(scope) => scope,
        Err(_) => {
            let name = std::ffi::CString::new(zone).map_err(|_| invalid())?;
            // SAFETY: the name is a C string that lives through the call
            unsafe { libc::if_nametoindex(name.as_ptr()) }
        }
    };
    if scope == 0 {
        return Err(invalid());
    }
    Ok(SocketAddrV6::new(address.parse().map_err(|_| invalid())?, port, 0, scope).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_literals_are_addresses() {
        assert_eq!(socket_address("127.0.0.1", 80).unwrap().to_string(), "127.0.0.1:80");
        assert_eq!(socket_address("::1", 80).unwrap().to_string(), "[::1]:80");
        for text in ["localhost", "", "1.2.3", "[::1]", "127.0.0.1%lo", "::1%", "::1%no-such-interface"] {
            assert_eq!(socket_address(text, 80).unwrap_err().code, "EINVAL", "{text}");
        }
    }

    #[test]
    fn an_address_may_name_its_interface() {
        assert_eq!(socket_address("fe80::1%7", 80).unwrap().to_string(), "[fe80::1%7]:80");
        assert!(socket_address("fe80::1%lo", 80).is_ok());
    }
}
