//! Who a visitor is, from the first form that is sent until half an hour after the last page: enough to show people
//! what they left themselves, and no more. Pure but for the dice.
//!
//! A token says all: a name by chance, when it was last used, and a mark that only this start of this box can make.
//! Nothing is stored, and nobody is known again after a restart. It travels as a cookie, and where none comes back, as
//! `s=` in addresses, as WAP sites did for phones without cookies. An address is handed on and kept in histories: that
//! token is good for the same `User-Agent` alone. (Not for the same network address: a carrier's gateways share their
//! phones out among them.) Whom it does not know is a new visitor, and what he sends counts all the same.

use std::time::Duration;

use ring::hmac;

use super::message::Request;
use crate::clock::Clock;

/// Since the last use.
const LIVES: Duration = Duration::from_secs(30 * 60);
/// A cookie is sent anew when it is older than this.
const YOUNG_MINUTES: u64 = 5;
/// What stands in an address and in a cookie.
pub(super) const NAME: &str = "s";

pub struct Visitors {
    key: hmac::Key,
    clock: Clock,
}

/// How a token came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Cookie,
    Address,
}

/// One who is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// 48 bits by chance.
    name: u64,
    pub by: By,
    /// It is time for a new cookie.
    pub is_old: bool,
}

impl Visitors {
    /// With a key for as long as the box runs.
    pub fn new(clock: Clock) -> Visitors {
        let mut key = [0; 32];
        // Without the kernel's randomness nothing on the machine works, and TLS has failed before.
        let _ = getrandom::fill(&mut key);
        Visitors { key: hmac::Key::new(hmac::HMAC_SHA256, &key), clock }
    }

    /// Somebody new.
    pub(super) fn born(&self) -> Known {
        let mut dice = [0; 8];
        let _ = getrandom::fill(&mut dice);
        Known { name: u64::from_be_bytes(dice) & NAME_MASK, by: By::Address, is_old: true }
    }

    /// Who sent this request; a cookie counts before the address, whose `s` is `in_address`.
    pub(super) fn known(&self, request: &Request, in_address: Option<&str>) -> Option<Known> {
        let by_cookie = request.cookie(NAME).and_then(|token| self.read(token, By::Cookie, request));
        by_cookie.or_else(|| self.read(in_address?, By::Address, request))
    }

    /// The number that rows are marked with: nothing that stands in a token or an address.
    pub(super) fn id(&self, known: &Known) -> [u8; 16] {
        let mut id = [0; 16];
        id.copy_from_slice(&self.digest(&[b"id", &known.name.to_be_bytes()]).as_ref()[..16]);
        id
    }

    /// Its token, used now, for this way of sending it.
    pub(super) fn token(&self, known: &Known, by: By, request: &Request) -> String {
        let minute = self.minute() & MINUTE_MASK;
        let said = u128::from(known.name) << 72 | u128::from(minute) << 48;
        base36(said | u128::from(self.mark(known.name, minute, by, request)))
    }

    pub(super) fn cookie(&self, known: &Known, request: &Request) -> String {
        let (token, age) = (self.token(known, By::Cookie, request), LIVES.as_secs());
        format!("{NAME}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax")
    }

    fn read(&self, token: &str, by: By, request: &Request) -> Option<Known> {
        // In any spelling but ours it is not ours.
        let said = u128::from_str_radix(token, RADIX).ok().filter(|said| base36(*said) == token)?;
        let (name, minute) = ((said >> 72) as u64, (said >> 48) as u64 & MINUTE_MASK);
        let age = self.minute().checked_sub(minute)?;
        let is_ours = self.mark(name, minute, by, request) == said as u64 & NAME_MASK;
        let is_alive = age <= LIVES.as_secs() / 60;
        (is_ours && is_alive).then_some(Known { name, by, is_old: age >= YOUNG_MINUTES })
    }

    /// 48 bits: with half an hour to guess them in, a box would have to answer 10^11 requests a second.
    fn mark(&self, name: u64, minute: u64, by: By, request: &Request) -> u64 {
        let (way, agent): (&[u8], _) = match by {
            By::Cookie => (b"c", ""),
            By::Address => (b"a", request.header("user-agent").unwrap_or("")),
        };
        let print = self.digest(&[way, &name.to_be_bytes(), &minute.to_be_bytes(), agent.as_bytes()]);
        print.as_ref()[..6].iter().fold(0, |mark, octet| mark << 8 | u64::from(*octet))
    }

    fn digest(&self, parts: &[&[u8]]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.key);
        parts.iter().for_each(|part| context.update(part));
        context.sign()
    }

    /// Of this start: the wall clock may be set meanwhile.
    fn minute(&self) -> u64 {
        self.clock.passed().as_secs() / 60
    }
}

const NAME_MASK: u64 = (1 << 48) - 1;
/// 24 bits: 31 years without a restart.
const MINUTE_MASK: u64 = (1 << 24) - 1;
/// Digits and small letters: 24 characters, in every link of a deck.
const RADIX: u32 = 36;

fn base36(mut value: u128) -> String {
    let mut digits = [b'0'; 25];
    let mut at = digits.len();
    while value > 0 {
        at -= 1;
        digits[at] = b"0123456789abcdefghijklmnopqrstuvwxyz"[(value % u128::from(RADIX)) as usize];
        value /= u128::from(RADIX);
    }
    String::from_utf8_lossy(&digits[at..]).into_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::clock::Time;

    fn from(agent: &str, cookie: &str) -> Request {
        let headers = [("user-agent", agent), ("cookie", cookie)];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Request { headers, ..Request::default() }
    }

    #[test]
    fn a_token_is_good_as_it_was_given_and_for_half_an_hour() {
        let clock = Clock::by_hand(Time(1_795_320_000_000));
        let (visitors, others) = (Visitors::new(clock.clone()), Visitors::new(clock.clone()));
        let one = visitors.born();
        let phone = from("Nokia6600", "");
        let token = visitors.token(&one, By::Address, &phone);
        assert!(token.len() <= 24, "{token}");
        let id =
            |of: &Visitors, request: &Request, token: &str| of.known(request, Some(token)).map(|known| of.id(&known));
        assert_eq!(id(&visitors, &phone, &token), Some(visitors.id(&one)));
        assert_ne!(visitors.id(&one), visitors.id(&visitors.born()));
        assert_eq!(id(&visitors, &from("Nokia7650", ""), &token), None);
        assert_eq!(id(&others, &phone, &token), None, "another start");
        for at in 0..token.len() {
            let mut wrong = token.clone().into_bytes();
            wrong[at] = if wrong[at] == b'7' { b'8' } else { b'7' };
            assert_eq!(id(&visitors, &phone, std::str::from_utf8(&wrong).unwrap()), None, "{at}");
        }
        for wrong in ["", "0", "+1", &format!("0{token}"), &token.to_uppercase(), &"z".repeat(25), &"z".repeat(9999)] {
            assert_eq!(id(&visitors, &phone, wrong), None, "{wrong}");
        }
        let cookie = visitors.cookie(&one, &phone);
        let cookie = cookie.split(';').next().unwrap();
        let kept = visitors.known(&from("another", cookie), Some(&token)).unwrap();
        assert_eq!((kept.by, kept.is_old, visitors.id(&kept)), (By::Cookie, false, visitors.id(&one)));
        assert_eq!(id(&visitors, &phone, cookie.strip_prefix("s=").unwrap()), None, "a cookie is for no address");
        assert!(visitors.known(&from("", &format!("s={token}")), None).is_none());
        clock.advance(LIVES);
        assert!(visitors.known(&phone, Some(&token)).unwrap().is_old);
        clock.advance(Duration::from_secs(60));
        assert_eq!(id(&visitors, &phone, &token), None);
    }
}
