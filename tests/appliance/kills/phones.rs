//! Phones that talk to the box, and what reached them. Pure but for the handing over to the network.
//!
//! What DESIGN 4.4 promises, and better: at most one message is in doubt at a kill and is `unknown`, and nothing comes twice,
//! not even a reply: what a killed box was about to write is known on a machine that ran on (`sms::witness`).

use std::collections::BTreeMap;

use yizhan::clock::Clock;
use yizhan::sim::modem::SimModem;

use super::ledger::Ledger;
use crate::dice::Dice;

pub struct Phone {
    pub number: String,
    steps: Vec<Step>,
    /// How many of its texts the network has.
    pub sent: usize,
}

#[derive(Clone)]
struct Step {
    text: String,
    /// What its reply says.
    reply_has: &'static str,
    /// The text is a post of a guestbook.
    is_post: bool,
    /// Texted after the reply to the one before.
    waits: bool,
}

/// A message that reached a phone: the life of the box in which it did, to whom, and what.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrived {
    pub life: usize,
    pub to: String,
    pub text: String,
}

/// A row of the outbox as the API shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub to: String,
    pub class: String,
    pub state: String,
}

impl Row {
    pub fn is_settled(&self) -> bool {
        matches!(self.state.as_str(), "submitted" | "delivered" | "unknown")
    }

    pub fn delivered(&self) -> Row {
        Row { state: "delivered".to_owned(), ..self.clone() }
    }

    fn is_reply(&self) -> bool {
        self.class == "reply"
    }
}

/// What the network saw, counted.
#[derive(Default, Clone, Copy, Debug, PartialEq)]
pub struct Tally {
    pub unknown: usize,
    pub unknown_replies: usize,
    pub never_left: usize,
}

const SITES: [(&str, &str); 4] =
    [("1001", "聚和楼"), ("1002", "泉水人家"), ("1003", "仁心诊所"), ("1004", "红叶谷果蔬")];

impl Phone {
    /// The phone with this number in the row of all, on one of the ways that people take.
    pub fn new(n: u64, dice: &mut Dice) -> Phone {
        let (code, name) = dice.of(&SITES);
        let step = |text: &str, reply_has| Step { text: text.to_owned(), reply_has, is_post: false, waits: true };
        let at_once = |text: &str, reply_has| Step { waits: false, ..step(text, reply_has) };
        let post = |lead: &str, text: String| Step { is_post: true, ..step(&format!("{lead}{text}"), "谢谢") };
        let mark = format!("№{n};");
        let steps = match dice.roll(6) {
            0 => vec![step("你好", "餐饮美食"), step("1", ""), step("0", "餐饮美食"), step(code, name)],
            1 => vec![step(code, name), step("LY", "留言"), post("", format!("{mark}短信留言"))],
            2 => vec![
                step(code, name),
                step("LY", "留言"),
                post("", format!("{mark}{}", "很长的留言。".repeat(20 + dice.roll(50)))),
            ],
            3 => vec![step(code, name), step("1", ""), step("0", name)],
            4 => vec![at_once(code, ""), at_once("1", ""), at_once("2", "")],
            _ => vec![step(code, name), step(&format!("S {mark}"), "")],
        };
        Phone { number: format!("+86139{n:08}"), steps, sent: 0 }
    }

    pub fn is_done(&self) -> bool {
        self.sent == self.steps.len()
    }

    /// Whether the next text goes without the reply to the one before.
    pub fn goes_on(&self) -> bool {
        self.steps.get(self.sent).is_some_and(|step| !step.waits)
    }

    /// Texts the next step.
    pub fn text(&mut self, modem: &SimModem, ledger: &mut Ledger) {
        let Some(step) = self.steps.get(self.sent) else { return };
        ledger.texts.ask(&mark(&self.number, self.sent, &step.text));
        if step.is_post {
            ledger.posts.ask(&step.text);
        }
        self.sent += 1;
        assert!(modem.deliver(&self.number, &step.text, Clock::machine().now()), "the network is full");
    }

    /// The network has no text of this phone any more: the box took them all.
    pub fn note_taken(&self, ledger: &mut Ledger) {
        for (n, step) in self.steps.iter().enumerate().take(self.sent) {
            ledger.texts.told(&mark(&self.number, n, &step.text));
            if step.is_post {
                ledger.posts.told(&step.text);
            }
        }
    }

    /// One reply to each text.
    fn faults(&self, rows: &[&Row], came: &[&Arrived]) -> Vec<String> {
        let (texts, unknown) = (self.sent, rows.iter().filter(|row| row.state == "unknown").count());
        if rows.len() != texts {
            return vec![format!("{}: {} replies to {texts} texts in the outbox", self.number, rows.len())];
        }
        if came.len() > texts || came.len() + unknown < texts {
            let came: Vec<_> = came.iter().map(|a| (a.life, a.text.chars().take(12).collect::<String>())).collect();
            return vec![format!(
                "{}: {texts} texts, {unknown} in doubt for good, and there came {came:?}",
                self.number
            )];
        }
        let steps = if unknown == 0 { &self.steps[..] } else { &[] };
        let wrong = steps.iter().zip(came).find(|(step, arrived)| !arrived.text.contains(step.reply_has));
        wrong
            .map(|(step, arrived)| format!("{}: {:?} was answered {:?}", self.number, step.text, arrived.text))
            .into_iter()
            .collect()
    }
}

pub fn mark(number: &str, n: usize, text: &str) -> String {
    format!("{number} {n} {text}")
}

/// What is wrong with what reached the phones.
pub fn faults(phones: &[Phone], rows: &[Row], log: &[Arrived], ledger: &Ledger) -> (Vec<String>, Tally) {
    let is_push = |a: &Arrived| ledger.words.get(&a.to).is_some_and(|words| a.text.contains(words.as_str()));
    let mut came: BTreeMap<(&str, bool), Vec<&Arrived>> = BTreeMap::new();
    log.iter().for_each(|a| came.entry((&a.to, is_push(a))).or_default().push(a));
    let mut sent: BTreeMap<(&str, bool), Vec<&Row>> = BTreeMap::new();
    rows.iter()
        .filter(|row| row.class != "push")
        .for_each(|row| sent.entry((&row.to, !row.is_reply())).or_default().push(row));
    let (mut faults, mut tally) = (Vec::new(), Tally::default());
    for phone in phones {
        let key = (phone.number.as_str(), false);
        let (rows, came) = (sent.remove(&key).unwrap_or_default(), came.remove(&key).unwrap_or_default());
        tally.unknown_replies += rows.iter().filter(|row| row.state == "unknown").count();
        tally.never_left += phone.sent.saturating_sub(came.len());
        faults.extend(phone.faults(&rows, &came));
    }
    for ((to, is_push), rows) in sent {
        let came = came.remove(&(to, is_push)).unwrap_or_default().len();
        let [row] = rows[..] else {
            faults.push(format!("outbox: {} messages to {to}", rows.len()));
            continue;
        };
        tally.never_left += usize::from(came == 0);
        if came > 1 || (came == 0 && row.state != "unknown") {
            faults.push(format!("{to}: a message that is {} came {came} times", row.state));
        }
    }
    faults.extend(came.keys().map(|(to, _)| format!("{to}: a message came that nobody sent")));
    tally.unknown = rows.iter().filter(|row| row.state == "unknown").count();
    (faults, tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrived(life: usize, to: &str, text: &str) -> Arrived {
        Arrived { life, to: to.to_owned(), text: text.to_owned() }
    }

    fn row(to: &str, class: &str, state: &str) -> Row {
        Row { to: to.to_owned(), class: class.to_owned(), state: state.to_owned() }
    }

    #[test]
    fn a_lost_reply_and_a_second_one_are_found() {
        let mut phone = Phone::new(7, &mut Dice::new(1));
        phone.steps = vec![Step { text: "1001".into(), reply_has: "聚和楼", is_post: false, waits: true }];
        phone.sent = 1;
        let (number, phones) = (phone.number.clone(), [phone]);
        let ledger = Ledger::default();
        let wrong = |rows: &[&Row], log: &[&Arrived]| {
            let (rows, log): (Vec<Row>, Vec<Arrived>) =
                (rows.iter().map(|row| (*row).clone()).collect(), log.iter().map(|a| (*a).clone()).collect());
            faults(&phones, &rows, &log, &ledger).0.len()
        };
        let (good, doubt) = (row(&number, "reply", "submitted"), row(&number, "reply", "unknown"));
        let [came, again, other] =
            [(1, "聚和楼"), (2, "聚和楼"), (1, "别家")].map(|(life, text)| arrived(life, &number, text));
        assert_eq!(wrong(&[&good], &[&came]), 0);
        assert_eq!(wrong(&[&good], &[&came, &again]), 1);
        assert_eq!(wrong(&[&doubt], &[]), 0);
        assert_eq!(wrong(&[&good], &[]), 1);
        assert_eq!(wrong(&[], &[&came]), 1);
        assert_eq!(wrong(&[&good, &good], &[&came]), 1);
        assert_eq!(wrong(&[&good], &[&came, &came]), 1);
        assert_eq!(wrong(&[&good], &[&other]), 1);
        let mut ledger = Ledger::default();
        ledger.words.insert("p".to_owned(), "№1".to_owned());
        let push = |class: &str, log: &[Arrived]| faults(&[], &[row("p", class, "submitted")], log, &ledger).0.len();
        let twice = [arrived(1, "p", "№1"), arrived(2, "p", "№1")];
        assert_eq!(
            (push("care", &twice[..1]), push("care", &twice), push("code", &twice), push("care", &[])),
            (0, 1, 1, 1)
        );
    }
}
