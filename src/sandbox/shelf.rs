//! Room for so many things and no more: the oldest make way for new ones.

use std::collections::{HashMap, VecDeque};

#[derive(Debug)]
pub(crate) struct Shelf<T> {
    things: HashMap<String, T>,
    order: VecDeque<String>,
    room: usize,
}

impl<T> Shelf<T> {
    pub(crate) fn new(room: usize) -> Shelf<T> {
        Shelf {
            things: HashMap::new(),
            order: VecDeque::new(),
            room,
        }
    }

    pub(crate) fn put(&mut self, id: String, thing: T) {
        if self.things.insert(id.clone(), thing).is_none() {
            self.order.push_back(id);
        }
        while self.order.len() > self.room {
            if let Some(oldest) = self.order.pop_front() {
                self.things.remove(&oldest);
            }
        }
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.things.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.things.get_mut(id)
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<T> {
        let thing = self.things.remove(id)?;
        self.order.retain(|kept| kept != id);
        Some(thing)
    }

    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &T> {
        self.order.iter().rev().filter_map(|id| self.things.get(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_make_way() {
        let mut shelf = Shelf::new(2);
        for number in 1..=3 {
            shelf.put(number.to_string(), number);
        }
        assert_eq!(shelf.get("1"), None);
        assert_eq!(shelf.newest_first().copied().collect::<Vec<_>>(), [3, 2]);
        assert_eq!(shelf.remove("2"), Some(2));
        assert_eq!(shelf.remove("2"), None);
        shelf.put("4".to_owned(), 4);
        assert_eq!(shelf.newest_first().copied().collect::<Vec<_>>(), [4, 3]);
    }
}
