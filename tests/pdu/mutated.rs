//! What holds for any octets holds for the messages of the corpus with octets changed, cut, doubled and joined.

use yizhan::sms::pdu::tpdu_of_line;

use crate::any;
use crate::corpus;
use crate::round::Random;

#[test]
fn any_octets_are_read_without_a_panic() {
    let seeds: Vec<Vec<u8>> = corpus::entries().iter().filter_map(|e| tpdu_of_line(&e.line).ok()).collect();
    let mut random = Random::new(11);
    let mut read = [0usize; 3];
    for round in 0..60_000 {
        let mut octets = seeds[random.below(seeds.len())].clone();
        for _ in 0..random.below(5) {
            mutate(&mut octets, &mut random, &seeds);
        }
        if round % 11 == 0 {
            octets = (0..random.below(200)).map(|_| random.octet()).collect();
        }
        read[any::check(&octets).min(2)] += 1;
    }
    assert!(read[0] > 1000 && read[1] > 10_000, "too few of either: {read:?}");
}

fn mutate(octets: &mut Vec<u8>, random: &mut Random, seeds: &[Vec<u8>]) {
    if octets.is_empty() {
        octets.push(random.octet());
    }
    let place = random.below(octets.len());
    match random.below(6) {
        0 => octets[place] = random.octet(),
        1 => octets[place] ^= 1 << random.below(8),
        2 => octets.truncate(place),
        3 => octets.insert(place, random.octet()),
        4 => drop(octets.remove(place)),
        _ => {
            let other = &seeds[random.below(seeds.len())];
            octets.truncate(place);
            octets.extend(&other[random.below(other.len() + 1)..]);
        }
    }
}
