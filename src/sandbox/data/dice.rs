//! Cheap random access to random numbers: each is a hash of a key and of what it is for.

/// What a number is for, so that two uses never share one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Opening = 1,
    Anchor,
    Instant,
    Kind,
    Amount,
    Mode,
    TransactionId,
    Reference,
    Narration,
    Name,
    Birth,
    Nominee,
    Pan,
    Address,
    Branch,
    MaskedNumber,
    Terms,
    Portfolio,
    Price,
    Order,
    Units,
    Policy,
    Business,
    Return,
    Observed,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(key: u64, purpose: Purpose) -> Dice {
        Dice(mix(key ^ mix(purpose as u64)))
    }

    /// The dice for one case of a purpose: a month, a position in it.
    pub(crate) fn at(self, index: i64) -> Dice {
        Dice(mix(self.0 ^ mix(index as u64)))
    }

    /// A number below `bound`, which must not be zero. The bias of the remainder is of no interest here.
    pub(crate) fn below(self, bound: u64) -> u64 {
        self.0 % bound
    }

    pub(crate) fn digits(self, count: usize) -> String {
        (0..count as i64)
            .map(|index| char::from(b'0' + self.at(index).below(10) as u8))
            .collect()
    }

    pub(crate) fn capitals(self, count: usize) -> String {
        (0..count as i64)
            .map(|index| char::from(b'A' + self.at(index).below(26) as u8))
            .collect()
    }

    /// A transaction's id: four capitals and fourteen digits, as Setu's sandbox has been seen to make them.
    pub(crate) fn transaction_id(self) -> String {
        format!("{}{}", self.at(0).capitals(4), self.at(1).digits(14))
    }

    pub(crate) fn pick<T: Copy>(self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// The finaliser of SplitMix64.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
