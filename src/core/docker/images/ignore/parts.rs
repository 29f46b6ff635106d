use super::rune::Rune;

/// A branch of an expression, part by part. Matching follows all ways through it at once, so it takes no exponential time.
#[derive(Debug)]
pub struct Parts(Vec<Part>);

#[derive(Debug)]
pub enum Part {
    /// A character of a set, or any number of them, or one or none.
    One { set: Set, repeated: bool, optional: bool },
    /// `(.*/)?`: directories, or nothing.
    Directories,
    /// `.*`
    Anything,
    /// What must hold between two characters.
    Assert(Assertion),
}

/// A set of characters.
#[derive(Debug, Clone)]
pub struct Set {
    ranges: Vec<(char, char)>,
    /// Other sets in it, which may be opposites.
    others: Vec<Self>,
    negated: bool,
}

#[derive(Debug)]
pub enum Assertion {
    Start,
    End,
    WordBoundary,
    NoWordBoundary,
}

/// A place between two characters; none at the start and at the end.
#[derive(Clone, Copy)]
struct Between(Option<char>, Option<char>);

impl Parts {
    pub fn new(parts: Vec<Part>) -> Self {
        Self(parts)
    }

    /// Whether it matches a path as a whole.
    pub fn match_whole(&self, path: &[Rune]) -> bool {
        let at = |index: usize| path.get(index).map(|rune| rune.char());
        // Which parts may come next: the last place means that all of them have matched.
        let mut now = vec![false; self.0.len() + 1];
        self.reach(&mut now, 0, Between(None, at(0)));
        for (index, next) in path.iter().map(|rune| rune.char()).enumerate() {
            let mut then = vec![false; now.len()];
            let between = Between(Some(next), at(index + 1));
            for (place, part) in self.0.iter().enumerate().filter(|(place, _)| now.get(*place) == Some(&true))
            {
                match part {
                    Part::One { set, repeated, .. } if set.has(next) => {
                        self.reach(&mut then, place + usize::from(!repeated), between);
                    }
                    Part::Anything if next != '\n' => self.reach(&mut then, place, between),
                    Part::Directories if next == '/' => self.reach(&mut then, place, between),
                    // Within the name of a directory: what follows must wait for its end.
                    Part::Directories if next != '\n' => set(&mut then, place),
                    _ => {}
                }
            }
            if !then.contains(&true) {
                return false;
            }
            now = then;
        }
        now.last() == Some(&true)
    }

    /// Marks a place as reached, and those behind parts that may match nothing.
    fn reach(&self, places: &mut [bool], mut place: usize, between: Between) {
        loop {
            set(places, place);
            match self.0.get(place) {
                Some(
                    Part::One { repeated: true, .. }
                    | Part::One { optional: true, .. }
                    | Part::Directories
                    | Part::Anything,
                ) => place += 1,
                Some(Part::Assert(assertion)) if between.holds(assertion) => place += 1,
                _ => return,
            }
        }
    }
}

impl Between {
    fn holds(self, assertion: &Assertion) -> bool {
        let is_word = |one: Option<char>| one.is_some_and(|one| one.is_ascii_alphanumeric() || one == '_');
        let is_boundary = is_word(self.0) != is_word(self.1);
        match assertion {
            Assertion::Start => self.0.is_none(),
            Assertion::End => self.1.is_none(),
            Assertion::WordBoundary => is_boundary,
            Assertion::NoWordBoundary => !is_boundary,
        }
    }
}

impl Set {
    pub fn new(ranges: &[(char, char)], negated: bool) -> Self {
        Self { ranges: ranges.to_vec(), others: Vec::new(), negated }
    }

    /// The set of all characters.
    pub fn any() -> Self {
        Self::new(&[], true)
    }

    /// The set of one character.
    pub fn of(one: char) -> Self {
        Self::new(&[(one, one)], false)
    }

    /// Adds what another set has.
    pub fn add(&mut self, other: Self) {
        if other.negated || !other.others.is_empty() {
            self.others.push(other);
        } else {
            self.ranges.extend(other.ranges);
        }
    }

    fn has(&self, one: char) -> bool {
        let found = self.ranges.iter().any(|(from, to)| (from..=to).contains(&&one))
            || self.others.iter().any(|other| other.has(one));
        found != self.negated
    }
}

fn set(places: &mut [bool], place: usize) {
    if let Some(place) = places.get_mut(place) {
        *place = true;
    }
}
