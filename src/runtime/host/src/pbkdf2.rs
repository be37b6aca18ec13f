//! PBKDF2 (RFC 8018, 5.2) in slices. A server says how many rounds a SCRAM login takes; that may be two thousand
//! million, and the other targets must not wait for it.

use crate::{error::HostResult, host::Answer};
use ring::hmac;
use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

/// How long to go on before others get their turn, and how many rounds to make between two looks at the clock.
const SLICE: Duration = Duration::from_millis(2);
const ROUNDS_BETWEEN_LOOKS: u32 = 512;

pub async fn derive(
    key: hmac::Key,
    salt: Vec<u8>,
    iterations: NonZeroU32,
    length: usize,
) -> HostResult<Answer> {
    let mut derived = Vec::new();
    let mut slice = Instant::now();
    for block in 1_u32.. {
        if derived.len() >= length {
            break;
        }
        let mut first = hmac::Context::with_key(&key);
        first.update(&salt);
        first.update(&block.to_be_bytes());
        let mut round = first.sign();
        let mut sum = round.as_ref().to_vec();
        for count in 1..iterations.get() {
            round = hmac::sign(&key, round.as_ref());
            sum.iter_mut().zip(round.as_ref()).for_each(|(sum, byte)| *sum ^= byte);
            if count % ROUNDS_BETWEEN_LOOKS == 0 && slice.elapsed() > SLICE {
                tokio::task::yield_now().await;
                slice = Instant::now();
            }
        }
        derived.extend(sum);
    }
    derived.truncate(length);
    Ok(Answer::Bytes(derived))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{crypto::hmac_algorithm, testing::block_on};
    use ring::pbkdf2;

    #[test]
    fn what_is_derived_is_what_the_library_derives() {
        let cases = [
            ("sha1", pbkdf2::PBKDF2_HMAC_SHA1, 1, 20),
            ("sha256", pbkdf2::PBKDF2_HMAC_SHA256, 4096, 32),
            ("sha256", pbkdf2::PBKDF2_HMAC_SHA256, 20_000, 100),
            ("sha512", pbkdf2::PBKDF2_HMAC_SHA512, 3, 65),
            ("sha512", pbkdf2::PBKDF2_HMAC_SHA512, 3, 0),
        ];
        for (name, algorithm, iterations, length) in cases {
            let iterations = NonZeroU32::new(iterations).unwrap();
            let mut expected = vec![0; length];
            pbkdf2::derive(algorithm, iterations, b"salt", b"password", &mut expected);
            let key = hmac::Key::new(hmac_algorithm(name).unwrap(), b"password");
            match block_on(derive(key, b"salt".to_vec(), iterations, length)) {
                Ok(Answer::Bytes(derived)) => assert_eq!(derived, expected, "{name} {iterations}"),
                other => panic!("{other:?}"),
            }
        }
    }
}
