//! Phone numbers as people and networks write them: one normal form, and the masked form that may be shown and logged.
//!
//! Not here: which operator a number belongs to (portability has made prefixes lie), and service codes' routing.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number in international form (`+8613912345678`), or a service code in plain digits (`10086`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Number(String);

impl Number {
    /// Reads a number as a person or a network writes it: blanks, dashes, `0086`, `86` before a mobile number, or a
    /// bare Chinese mobile number. `None` for letters, nothing, or more than 20 digits (3GPP TS 23.040, 9.1.2.3).
    pub fn parse(raw: &str) -> Option<Number> {
        let mut digits = String::new();
        let mut plus = false;
        for c in raw.trim().chars() {
            match c {
                '+' if digits.is_empty() && !plus => plus = true,
                '0'..='9' => digits.push(c),
                '０'..='９' => digits.push(char::from(b'0' + (c as u32 - '０' as u32) as u8)),
                ' ' | '-' | '(' | ')' => {}
                _ => return None,
            }
        }
        if digits.is_empty() || digits.len() > 20 {
            return None;
        }
        if plus {
            return Some(Number(format!("+{digits}")));
        }
        if let Some(rest) = digits.strip_prefix("00").filter(|r| r.len() >= 8) {
            return Some(Number(format!("+{rest}")));
        }
        if digits.len() == 13 && digits.starts_with("861") {
            return Some(Number(format!("+{digits}")));
        }
        if is_mobile(&digits) {
            return Some(Number(format!("+86{digits}")));
        }
        Some(Number(digits))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a person's phone stands behind it: not a service code such as 10086, 106… or 95….
    pub fn is_person(&self) -> bool {
        match self.0.strip_prefix('+') {
            Some(digits) => digits.len() >= 8 && !digits.starts_with("86106") && !digits.starts_with("8610086"),
            None => self.0.len() >= 10 && self.0.starts_with('0'),
        }
    }

    /// 138****1234: the only form for public pages and logs.
    pub fn masked(&self) -> String {
        let digits = self.0.strip_prefix("+86").unwrap_or(&self.0);
        let (head, tail) = (3.min(digits.len() / 2), 4.min(digits.len() / 2));
        format!("{}****{}", &digits[..head], &digits[digits.len() - tail..])
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_mobile(digits: &str) -> bool {
    let b = digits.as_bytes();
    b.len() == 11 && b[0] == b'1' && (b'3'..=b'9').contains(&b[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_form() {
        for raw in [
            "13912345678",
            "+8613912345678",
            "008613912345678",
            "8613912345678",
            "139-1234-5678",
            "１３９１２３４５６７８",
        ] {
            assert_eq!(Number::parse(raw).map(|n| n.to_string()), Some("+8613912345678".into()), "{raw}");
        }
        assert_eq!(Number::parse("10086").map(|n| n.to_string()), Some("10086".into()));
        assert_eq!(Number::parse("+442071838750").map(|n| n.to_string()), Some("+442071838750".into()));
        for bad in ["", "+", "abc", "1+2", "123456789012345678901"] {
            assert_eq!(Number::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn people_are_told_from_services() {
        let person = |n: &str| Number::parse(n).is_some_and(|n| n.is_person());
        assert!(person("13912345678") && person("+442071838750") && person("053188001234"));
        for service in ["10086", "106575001234", "95588", "12306", "+86106575001234"] {
            assert!(!person(service), "{service}");
        }
    }

    #[test]
    fn masks_keep_head_and_tail() {
        let masked = |n: &str| Number::parse(n).map(|n| n.masked());
        assert_eq!(masked("13912345678").as_deref(), Some("139****5678"));
        assert_eq!(masked("10086").as_deref(), Some("10****86"));
        assert_eq!(masked("1").as_deref(), Some("****"));
    }
}
