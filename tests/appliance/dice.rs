//! Chance from a seed: the same run again, as far as the machine plays along.

/// Xorshift (Marsaglia 2003).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        // Neighbouring seeds must not begin alike (the step of splitmix64), and nought would stay nought.
        Dice((seed ^ 0x5eed).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    pub fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.roll(list.len())]
    }

    /// So many times of a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.roll(100) < percent
    }

    /// From `low` to `high`, each order of magnitude as likely as the next.
    pub fn spread(&mut self, low: f64, high: f64) -> f64 {
        low * (high / low).powf(self.roll(10_001) as f64 / 10_000.0)
    }

    /// Another one, so that who rolls at the same time does not disturb the order.
    pub fn fork(&mut self) -> Dice {
        Dice::new((self.roll(1 << 31) as u64) << 31 | self.roll(1 << 31) as u64)
    }
}
