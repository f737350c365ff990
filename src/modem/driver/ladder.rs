//! What is done to bring a lost modem back, and how soon: pure, with the time as an argument.
//!
//! ```text
//! silence: ESC and a marker (chat) → the port anew → radio off and on → the modem starts anew → USB off and on → power
//! ```
//! Each loss without a steady time between goes one step up, as far as this modem and machine can. Steps beyond the port
//! are few an hour, because a reset too many makes it worse; when they are spent it is only looked for, rarely. What is not
//! there, or not ours to open, is not reset but looked for. Not here: how a step is done.

use std::collections::VecDeque;
use std::time::Duration;

use crate::words::Word;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The port is closed and opened.
    Reopen,
    /// The radio is switched off and on.
    Radio,
    /// The modem starts itself anew.
    Restart,
    /// The USB device is taken off the bus and put back.
    Usb,
    /// As configured.
    Power,
}

impl Step {
    pub fn name(self) -> &'static str {
        match self {
            Step::Reopen => "reopen",
            Step::Radio => "radio",
            Step::Restart => "restart",
            Step::Usb => "usb",
            Step::Power => "power",
        }
    }
}

/// Why it was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No device is there.
    Absent,
    /// It is there and cannot be opened.
    Denied,
    /// It was pulled, or started by itself.
    Gone,
    /// It does not answer.
    Silent,
    /// It answers, and refuses what it must be able to do.
    Refusing,
    /// It has no SIM, or does not find it.
    NoSim,
    /// A person has to do something about its SIM.
    Person,
}

/// What comes before the port is opened again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub step: Step,
    pub pause: Duration,
    pub hint: Option<Word>,
}

/// Pauses grow from here, each twice the one before …
pub const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// … to here.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A device that is not there is looked for so often: a glance at a folder, not heard of in any log.
const GLANCE: Duration = Duration::from_secs(2);
/// Once the steps of an hour are spent.
const RARELY: Duration = Duration::from_secs(600);
/// It was up so long: what comes now is a new trouble.
const STEADY: Duration = Duration::from_secs(300);
const HOUR: Duration = Duration::from_secs(3600);
/// One of each step. Users of others whose modems were reset each minute saw all of them slow down.
const STEPS_AN_HOUR: usize = 4;
/// A device that has fallen off the bus and is back after no glance; a person who pulled it would have said so by then.
const ABSENT_LONG: Duration = Duration::from_secs(600);
/// So often gone by itself within an hour it is no person who pulls it.
const GONE_OFTEN: usize = 3;

const SUPPLY: Word = Word::new(
    "模块反复掉线，多半是供电不足：请换电源或用带电源的USB集线器",
    "The modem drops out again and again, mostly for want of power: use a stronger supply or a powered hub",
);
const SPENT: Word = Word::new(
    "已多次复位仍无响应，请拔下模块再插上，或断电重启",
    "Reset several times without an answer: pull the modem and plug it in again, or switch the box off and on",
);
const PLUG: Word = Word::new("找不到模块，请检查是否插好", "The modem is not there: see that it is plugged in");
const OPEN: Word =
    Word::new("无法打开端口，运行 yizhan doctor 查看原因", "The port cannot be opened; yizhan doctor says why");
const SILENT: Word = Word::new("模块没有响应，正在复位", "The modem does not answer and is being reset");
const CARD: Word = Word::new("请检查SIM卡", "Look at the SIM card");

#[derive(Default)]
pub struct Ladder {
    /// Losses since it was steady.
    losses: u32,
    /// Since when, as the clock has passed.
    up_since: Option<Duration>,
    absent_since: Option<Duration>,
    /// When steps beyond the port were done, and when it was gone by itself.
    spent: VecDeque<Duration>,
    gone: VecDeque<Duration>,
}

impl Ladder {
    pub fn up(&mut self, now: Duration) {
        self.up_since = Some(now);
        self.absent_since = None;
    }

    /// `able` are the steps that can be done here, lowest first; `Reopen` always can.
    pub fn lost(&mut self, fault: Fault, able: &[Step], now: Duration) -> Plan {
        if self.up_since.take().is_some_and(|since| now >= since + STEADY) {
            self.losses = 0;
        }
        for times in [&mut self.spent, &mut self.gone] {
            times.retain(|at| *at + HOUR > now);
        }
        if fault != Fault::Absent {
            self.absent_since = None;
        }
        match fault {
            Fault::Absent => self.absent(able, now),
            Fault::Denied => self.wait(Some(OPEN)),
            Fault::Person => self.wait(Some(CARD)),
            Fault::Gone => {
                if self.gone.len() == GONE_OFTEN {
                    self.gone.pop_front();
                }
                self.gone.push_back(now);
                let often = self.gone.len() == GONE_OFTEN;
                self.wait(Some(SUPPLY).filter(|_| often))
            }
            // Some find a card that was put in only when their radio is switched on.
            Fault::NoSim if self.losses == 1 => self.climb(able.iter().copied().find(|s| *s == Step::Radio), CARD, now),
            Fault::NoSim => self.wait(Some(CARD)),
            Fault::Silent | Fault::Refusing => {
                let steps = able.iter().filter(|step| **step > Step::Reopen).count();
                let step = match self.losses as usize {
                    0 => None,
                    losses => {
                        able.iter().filter(|s| **s > Step::Reopen).nth(losses.min(steps) - usize::from(steps > 0))
                    }
                };
                self.climb(step.copied(), SILENT, now)
            }
        }
    }

    fn absent(&mut self, able: &[Step], now: Duration) -> Plan {
        let since = *self.absent_since.get_or_insert(now);
        let step = if now >= since + ABSENT_LONG && able.contains(&Step::Power) && self.spend(now) {
            self.absent_since = Some(now);
            Step::Power
        } else {
            Step::Reopen
        };
        Plan { step, pause: GLANCE, hint: Some(PLUG) }
    }

    fn climb(&mut self, step: Option<Step>, hint: Word, now: Duration) -> Plan {
        match step {
            None => self.wait(Some(hint)),
            Some(step) if self.spend(now) => Plan { step, ..self.wait(Some(hint)) },
            Some(_) => {
                self.losses = self.losses.saturating_add(1);
                Plan { step: Step::Reopen, pause: RARELY, hint: Some(SPENT) }
            }
        }
    }

    fn spend(&mut self, now: Duration) -> bool {
        let has = self.spent.len() < STEPS_AN_HOUR;
        if has {
            self.spent.push_back(now);
        }
        has
    }

    fn wait(&mut self, hint: Option<Word>) -> Plan {
        let pause = (FIRST_PAUSE * 2u32.pow(self.losses.min(6))).min(LONGEST_PAUSE);
        self.losses = self.losses.saturating_add(1);
        Plan { step: Step::Reopen, pause, hint }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Step; 4] = [Step::Radio, Step::Restart, Step::Usb, Step::Power];

    fn seconds(s: u64) -> Duration {
        Duration::from_secs(s)
    }

    #[test]
    fn silence_climbs_step_by_step_until_the_hour_is_spent() {
        let (mut ladder, mut now) = (Ladder::default(), seconds(0));
        let mut steps = Vec::new();
        for _ in 0..7 {
            let plan = ladder.lost(Fault::Silent, &ALL, now);
            now += plan.pause + seconds(30);
            steps.push(plan.step);
        }
        use Step::*;
        assert_eq!(steps, [Reopen, Radio, Restart, Usb, Power, Reopen, Reopen]);
        let plan = ladder.lost(Fault::Silent, &ALL, now);
        assert_eq!((plan.step, plan.pause, plan.hint), (Reopen, RARELY, Some(SPENT)), "the budget of the hour");
        let later = ladder.lost(Fault::Silent, &ALL, now + HOUR);
        assert_eq!(later.step, Power, "the highest, once an hour has passed");
    }

    #[test]
    fn no_hour_has_more_steps_than_its_budget() {
        let (mut ladder, mut now, mut done) = (Ladder::default(), seconds(0), Vec::new());
        while now < seconds(86_400) {
            let plan = ladder.lost(Fault::Silent, &ALL, now);
            if plan.step > Step::Reopen {
                done.push(now);
            }
            now += plan.pause + seconds(30);
        }
        for window in done.windows(STEPS_AN_HOUR + 1) {
            assert!(window[STEPS_AN_HOUR] >= window[0] + HOUR, "{window:?}");
        }
        assert!(done.len() > 24, "{} steps", done.len());
    }

    #[test]
    fn what_cannot_be_done_is_left_out() {
        let mut ladder = Ladder::default();
        let steps: Vec<Step> = (0..4).map(|n| ladder.lost(Fault::Silent, &[Step::Usb], seconds(n)).step).collect();
        assert_eq!(steps, [Step::Reopen, Step::Usb, Step::Usb, Step::Usb]);
        let mut none = Ladder::default();
        for n in 0..10 {
            let plan = none.lost(Fault::Silent, &[], seconds(n));
            assert_eq!((plan.step, plan.pause), (Step::Reopen, seconds(1 << n.min(6)).min(LONGEST_PAUSE)));
        }
    }

    #[test]
    fn a_steady_time_forgets_and_a_short_one_does_not() {
        let mut ladder = Ladder::default();
        ladder.lost(Fault::Silent, &ALL, seconds(0));
        ladder.up(seconds(10));
        assert_eq!(ladder.lost(Fault::Silent, &ALL, seconds(100)).step, Step::Radio, "it was up for 90 s only");
        ladder.up(seconds(200));
        assert_eq!(ladder.lost(Fault::Silent, &ALL, seconds(200) + STEADY).step, Step::Reopen);
    }

    #[test]
    fn what_is_not_there_is_looked_for_and_its_power_switched_rarely() {
        let (mut ladder, mut now, mut power) = (Ladder::default(), seconds(0), 0);
        while now < seconds(7200) {
            let plan = ladder.lost(Fault::Absent, &ALL, now);
            assert_eq!(plan.pause, GLANCE);
            power += u32::from(plan.step == Step::Power);
            assert!(matches!(plan.step, Step::Power | Step::Reopen));
            now += plan.pause;
        }
        assert!((2..=8).contains(&power), "{power}");
        assert_eq!(Ladder::default().lost(Fault::Absent, &[Step::Usb], HOUR).step, Step::Reopen);
    }

    #[test]
    fn one_that_drops_out_again_and_again_wants_power() {
        let mut ladder = Ladder::default();
        let hints: Vec<_> = (0..3).map(|n| ladder.lost(Fault::Gone, &ALL, seconds(n * 60)).hint).collect();
        assert_eq!(hints, [None, None, Some(SUPPLY)]);
        assert!(ladder.lost(Fault::Gone, &ALL, seconds(200)).step == Step::Reopen);
    }
}
