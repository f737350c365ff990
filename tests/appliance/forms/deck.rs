//! A WAP phone that fills a form: it follows the decks, and keeps variables as WML says.

use std::collections::{BTreeMap, BTreeSet};

use super::script;
use crate::crawl::converted;
use crate::harness::Appliance;
use crate::markup::{encoded, substituted, tags};

/// What a WAP phone knows of a deck.
pub struct Deck {
    /// The variables of earlier decks.
    forgets: bool,
    inputs: Vec<String>,
    selects: Vec<(String, Vec<(String, String)>)>,
    pub goes: Vec<Go>,
}

pub struct Go {
    href: String,
    fields: Vec<(String, String)>,
}

impl Go {
    /// With the phone's variables filled in.
    pub fn filled(&self, variables: &BTreeMap<String, String>) -> Vec<(String, String)> {
        let variable = |name: &str| variables.get(name).cloned().unwrap_or_default();
        self.fields.iter().map(|(n, v)| (n.clone(), substituted(v, variable))).collect()
    }
}

impl Deck {
    pub fn read(xml: &str) -> Deck {
        let all = tags(xml);
        let mut deck = Deck { forgets: false, inputs: Vec::new(), selects: Vec::new(), goes: Vec::new() };
        for tag in &all {
            match tag.name.as_str() {
                "card" => deck.forgets = tag.get("newcontext") == Some("true"),
                "input" => deck.inputs.push(tag.value("name")),
                "select" => deck.selects.push((tag.value("name"), Vec::new())),
                "option" => {
                    let value = substituted(&tag.value("value"), |_| panic!("a variable in an option"));
                    deck.selects.last_mut().unwrap().1.push((tag.text.clone(), value));
                }
                "go" if tag.get("method") == Some("post") => {
                    deck.goes.push(Go { href: tag.value("href"), fields: Vec::new() });
                }
                "postfield" => {
                    if let Some(go) = deck.goes.last_mut() {
                        go.fields.push((tag.value("name"), tag.value("value")));
                    }
                }
                _ => {}
            }
        }
        deck
    }
}

/// Follows the decks from `at` on as a phone does: each question is first answered wrong, then right. `before` is called
/// before each sending. All decks that were seen.
pub async fn by_deck(appliance: &Appliance, at: &str, before: impl Fn(usize)) -> Vec<String> {
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    let mut tried = BTreeSet::new();
    let mut xml = appliance.get(at, &[]).await.text();
    let mut seen = Vec::new();
    for n in 0..60 {
        seen.push(xml.clone());
        let octets = converted("xml2wbxml", &[], xml.as_bytes()).len();
        assert!(octets <= appliance.running.public.deck_octets, "{octets} octets: {xml}");
        let deck = Deck::read(&xml);
        assert_eq!(deck.forgets, n == 0, "{xml}");
        if deck.goes.is_empty() {
            assert!(xml.contains("已经记下"), "{xml}");
            return seen;
        }
        for name in &deck.inputs {
            let line = script(name);
            let said = line.wrong.filter(|_| tried.insert(name.clone())).unwrap_or(line.right);
            variables.insert(name.clone(), said.to_owned());
        }
        let mut go = deck.goes.first().unwrap();
        for (name, options) in &deck.selects {
            let line = script(name);
            let is_last_try = tried.contains(name) || line.wrong.is_none();
            let said = if is_last_try { line.right } else { line.wrong.unwrap_or_default() };
            if !is_last_try {
                tried.insert(name.clone());
                variables.insert(name.clone(), said.to_owned());
                continue;
            }
            let picked = options.iter().filter(|(label, _)| said.split('、').any(|s| s == label));
            let picked: Vec<&str> = picked.map(|(_, value)| value.as_str()).collect();
            variables.insert(name.clone(), picked.join(";"));
            // What is not among these options may be among the next.
            let last = said.split('、').next_back().unwrap();
            if !options.iter().any(|(label, _)| label == last) {
                go = deck.goes.get(1).unwrap_or_else(|| panic!("no more options in {xml}"));
            }
        }
        before(n);
        let body = encoded(&go.filled(&variables));
        xml = appliance.post(&go.href, &[], &body).await.text();
    }
    panic!("the decks never end: {seen:#?}");
}
